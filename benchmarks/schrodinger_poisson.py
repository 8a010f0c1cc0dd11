"""One periodic Schroedinger-Poisson step in 3D beside a tuned pyfftw split step and jaxion.

All take the same ψ, box, coupling and step; a second is the difference of two run lengths, so that
compilation, planning and first kicks drop out. jaxion has an environment of its own under out/.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks._environments import peer_python

JAXION = "jaxion==0.0.13"
# The units of jaxion: kpc, km/s, solar masses; 1e-22 eV.
LENGTH, G = 10.0, 4.30241002e-6
MASS_OVER_HBAR = 1e-22 * 8.05478173e-56 / 299792.458**2 / 1.71818134e-87
SIZES = {64: (4, 24), 128: (2, 8), 256: (1, 4)}
PEERS = {"fftw": "pyfftw + numexpr", "jaxion": "jaxion"}
GOALS = {"fftw": 1.0, "jaxion": 2.5}
LARGEST_SHARE = 1.7


def run() -> dict[str, float]:
    """Print a table and return the ratios peer/zitter of CPU seconds on one core."""
    python, results = peer_python(JAXION), {}
    cores = sorted(os.sched_getaffinity(0))
    print(f"load {os.getloadavg()[0]:.1f}; seconds a step: CPU on one core, wall on two")
    for num in SIZES:
        for precision in ("complex128", "complex64"):
            with tempfile.TemporaryDirectory() as folder:
                rows, states = _measured(Path(folder), num, precision, cores, python)
            results |= _report(num, precision, rows, states)
    return results


def _measured(folder, num, precision, cores, python):
    """Per code: CPU seconds on one core, wall seconds on two; and ψ after the short run."""
    np.save(folder / "psi0.npy", _initial(num))
    rows, states = {}, {}
    for name in ("zitter", *PEERS):
        request = _request(folder, num, precision, name)
        one = _ask(request | {"cores": cores[:1]}, folder, python)
        states[name] = np.load(folder / "psi.npy")
        two = _ask(request | {"cores": cores[:2]}, folder, python)
        rows[name] = one | {"wall": two["wall"]}
    return rows, states


def _request(folder, num, precision, name):
    return {
        "name": name,
        "num": num,
        "length": LENGTH,
        "mass": MASS_OVER_HBAR,
        "coupling": MASS_OVER_HBAR * G,
        "dt": MASS_OVER_HBAR / 6.0 * (LENGTH / num) ** 2,
        "precision": precision,
        "num_steps": SIZES[num],
        "repeats": 3,
        "psi0": str(folder / "psi0.npy"),
        "psi": str(folder / "psi.npy"),
    }


def _ask(request, folder, python):
    file = folder / "request.json"
    file.write_text(json.dumps(request))
    script = str(Path(__file__).parent / "_jaxion_step.py")
    own = [sys.executable, "-m", "benchmarks._grid_worker"]
    command = [python, script] if request["name"] == "jaxion" else own
    done = subprocess.run([*command, str(file)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{request['name']}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _initial(num):
    """A density of 1e7 solar masses per kpc³ with smooth waves in modulus and phase."""
    x = 2.0 * np.pi * np.arange(num) / num
    X, Y, Z = np.meshgrid(x, x, x, indexing="ij", sparse=True)
    modulus = 1.0 + 0.3 * np.cos(X) * np.cos(Y + 1.0) + 0.2 * np.sin(2.0 * Z)
    return np.sqrt(1e7) * modulus * np.exp(1j * (np.sin(X) + np.cos(Y + Z)))


def _report(num, precision, rows, states):
    own, found = rows["zitter"], {}
    share = own["cpu"] / own["bare_cpu"]
    verdict = "reached" if share <= LARGEST_SHARE else "MISSED"
    print(
        f"{num}³ {precision}: zitter {own['cpu']:.4f} / {own['wall']:.4f} s, {share:.2f} times its "
        f"bare transforms by {own['library']} (goal {LARGEST_SHARE:g}: {verdict})"
    )
    for name, words in PEERS.items():
        ratio, wall = (rows[name][key] / own[key] for key in ("cpu", "wall"))
        difference = np.linalg.norm(states[name] - states["zitter"])
        difference /= np.linalg.norm(states["zitter"])
        verdict = "reached" if ratio >= GOALS[name] else "MISSED"
        print(
            f"{ratio:8.2f}x  (goal {GOALS[name]:g}x: {verdict})  {words}: {rows[name]['cpu']:.4f} "
            f"/ {rows[name]['wall']:.4f} s, wall ratio {wall:.2f}; ψ differs by {difference:.1e}"
        )
        found[f"{words} by zitter, {num}³ {precision}"] = ratio
    found[f"step by bare transforms, {num}³ {precision}"] = share
    return found
