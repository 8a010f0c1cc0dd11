"""Environments of peers that cannot share ours, made on first use under out/peers."""

import subprocess
import venv
from pathlib import Path


def peer_python(requirement: str) -> str:
    """The interpreter of an environment with `requirement`, such as "jaxion==0.0.13", alone."""
    place = Path("out/peers") / requirement.partition("==")[0]
    python = place / "bin" / "python"
    if not python.exists():
        print(f"installing {requirement} under {place}", flush=True)
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", requirement], check=True)
    return str(python)
