"""Runs and sweeps killed at ten moments each end in the same bits."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "kill_scenarios.py"


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and kills by the signals of Linux")
def test_ten_killed_runs_and_sweeps_go_on_to_the_same_bits_with_one_piece_again():
    words = [sys.executable, str(TOOL), "--moments", "10", "--seed", "1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same bits") == 20
    assert "most pieces computed again: 1" in done.stdout
