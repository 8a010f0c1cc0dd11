"""The wheel, built and installed into an empty environment, judges a claim from there.

    python tools/check_wheel.py [L1]

Builds the wheel, makes an environment with the locked packages of a run and none of the optional
extras, installs the wheel, and from an empty folder runs `zitter reproduce --preset quick` for the
claim (all claims with `all`), `zitter run condensate` and `zitter --version`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("distributed", "h5netcdf", "pyfftw", "qutip", "pytest")


def said(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    claim = sys.argv[1] if len(sys.argv) > 1 else "L1"
    chosen = [] if claim == "all" else ["--only", claim]
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        said(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
        wheel = next(place.glob("*.whl"))
        said(sys.executable, "-m", "venv", place / "empty", cwd=place)
        bin = place / "empty" / "bin"
        pip = [bin / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        said(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=place)
        said(*pip, "--no-deps", wheel, cwd=place)
        there = "import importlib.util as i, zitter; print(zitter.__file__); print([n for n in "
        there += f"{EXTRAS} if i.find_spec(n)])"
        home, extras = said(bin / "python", "-c", there, cwd=place).splitlines()
        if str(ROOT) in home or extras != "[]":
            raise SystemExit(f"The environment is not empty: {home} {extras}")
        print(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, installed without extras")
        print(said(bin / "zitter", "--version", cwd=place).strip())
        quick = ["--preset", "quick", *chosen]
        print(said(bin / "zitter", "reproduce", *quick, cwd=place).strip())
        print(said(bin / "zitter", "run", "condensate", cwd=place).strip())


if __name__ == "__main__":
    main()
