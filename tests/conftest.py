"""Settings shared by all tests: float64, kept compilations, figures without a screen."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

from zitter.core.environment import keep_compiled_programs

keep_compiled_programs()
