"""Peak memory of opening a large result, and the share of writing in the time of runs.

    python tools/large_results.py 5 [FOLDER]
    python tools/large_results.py writing

The first writes a result of so many GB in pieces, as a run does, then opens it in a process of its
own, looks at single times and places, and takes a mean over all times, piece by piece. The second
runs the shipped scenarios, each a second time when all is compiled, and measures how long they
write. Of runs of less than a second the fixed cost of files is a larger part, and is only told.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

import zitter
from zitter.core.growing import GrowingResult
from zitter.scenarios import running
from zitter.scenarios.kinds import shipped

LARGEST_SHARE, SHORTEST = 0.1, 1.0
PEAK = """
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM"))
"""
LOOK = (
    PEAK
    + """
import sys, zitter, zitter.scenarios.running
before = peak()
data = zitter.open(sys.argv[1])
density = data["field/density"]
print(f"{density.nbytes / 1e9:.2f} GB, sizes {dict(density.sizes)}")
one = float(density.isel(time=-1, x=3, y=5)), float(density.isel(time=7).max())
total, step = 0.0, 16
for start in range(0, density.sizes["time"], step):
    total += float(density.isel(time=slice(start, start + step)).sum())
print(f"peak memory {peak():.0f} MB, of which {before:.0f} MB before opening")
sys.exit(peak() > 500)
"""
)
CELLS, FRAMES = 512, 16


def write(gigabytes: float, folder: Path) -> None:
    """A density (time, x, y) of that size, in pieces of FRAMES times."""
    result = GrowingResult(folder, {"what": "large"})
    result.start({"title": "large", "kind": "packet"})
    pieces = round(gigabytes * 1e9 / (8 * CELLS**2 * FRAMES))
    rng, axis, seconds = np.random.default_rng(0), np.arange(float(CELLS)), 0.0
    values = rng.normal(size=(FRAMES, CELLS, CELLS))
    for n in range(pieces):
        times = np.arange(n * FRAMES, (n + 1) * FRAMES)
        data = xr.Dataset(
            {"density": (("time", "x", "y"), values + n)}, {"time": times, "x": axis, "y": axis}
        )
        started = time.perf_counter()
        result.append({"field": (data, "time")}, {}, last=n + 1 == pieces)
        seconds += time.perf_counter() - started
    print(f"written in {pieces} pieces, {seconds / pieces:.3f} s each")


def share_of_writing() -> float:
    """Largest share of the time of a shipped scenario that its writing takes."""
    append, start, spent = GrowingResult.append, GrowingResult.start, [0.0]

    def timed(method):
        def call(*words, **how):
            started = time.perf_counter()
            method(*words, **how)
            spent[0] += time.perf_counter() - started

        return call

    GrowingResult.append, GrowingResult.start = timed(append), timed(start)
    running.write_synced = timed(running.write_synced)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in shipped().items():
            zitter.run_scenario(text, Path(folder) / name / "first")
            spent[0], started = 0.0, time.perf_counter()
            zitter.run_scenario(text, Path(folder) / name / "second")
            whole = time.perf_counter() - started
            if whole > SHORTEST:
                worst = max(worst, spent[0] / whole)
            print(f"{name:24} {whole:6.2f} s, writing {spent[0] / whole:5.1%}", flush=True)
    return worst


def main() -> None:
    if sys.argv[1:2] == ["writing"]:
        worst = share_of_writing()
        print(f"largest share of writing: {worst:.1%}")
        raise SystemExit(worst > LARGEST_SHARE)
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        write(gigabytes, Path(folder))
        done = subprocess.run([sys.executable, "-c", LOOK, folder], check=False)
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
