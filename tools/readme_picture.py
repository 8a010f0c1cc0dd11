"""Draw docs/two_slits.png anew: run the first example of the readme, and keep its picture.

python tools/readme_picture.py
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "two_slits.png"


def first_example() -> str:
    """The first Python block of the readme."""
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    if not found:
        raise SystemExit("README.md has no Python block.")
    return found[1]


def main() -> None:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(compile(first_example(), "README.md", "exec"), {"__name__": "readme"})
            shutil.copyfile(PICTURE.name, PICTURE)
        finally:
            os.chdir(here)
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
