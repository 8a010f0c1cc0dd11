"""zitter: from one wavefunction to classical gravity, with trajectories, measured step by step."""

import os

os.environ.setdefault("JAX_ENABLE_X64", "1")

__version__ = "0.1.0"
