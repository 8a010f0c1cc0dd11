"""A run needs no more memory than it says before it starts, and not much less."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys, zitter
from zitter.scenarios.reading import scenario_from_text
from zitter.scenarios.running import plan_of, run_scenario
estimate = plan_of(scenario_from_text(sys.argv[1])).memory
run_scenario(sys.argv[1], "run")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(estimate, 1024 * int(peak.split()[1]))
"""
FIELD = """kind = "packet"
packets = [{ centre = [0.0, 0.0], width = [1.0, 1.0] }]
box = { lower = [-15.0, -15.0], upper = [15.0, 15.0], num = [384, 384] }
end = 0.3
num_samples = 11
num_paths = 50
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the /proc of Linux")
def test_the_memory_that_a_field_with_paths_needs_is_between_half_and_all_of_the_estimate(tmp_path):
    words = [sys.executable, "-c", CODE, FIELD]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    estimate, peak = map(int, re.findall(r"\d+", done.stdout))
    assert 0.5 * estimate < peak <= estimate
