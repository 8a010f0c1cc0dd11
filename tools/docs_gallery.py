"""Write docs/generated/gallery.md: every shipped scenario and example, run, with its pictures.

Runs of the same source are kept under docs/_build/gallery, and only those are shown again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from zitter.claims.run import source_hash
from zitter.report.run_page import write_pictures
from zitter.scenarios.kinds import shipped
from zitter.scenarios.running import run_scenario

ALL_RUNS, PLACE = Path("docs/_build/gallery"), Path("docs/generated")
RUNS = ALL_RUNS / source_hash()


def main() -> None:
    (PLACE / "gallery").mkdir(parents=True, exist_ok=True)
    RUNS.mkdir(parents=True, exist_ok=True)
    for old in set(ALL_RUNS.iterdir()) - {RUNS}:
        shutil.rmtree(old)
    lines = ["# Gallery\n", "Every file and script here was run when this page was made.\n"]
    lines.append("## Scenarios\n")
    lines.append("Each runs with `zitter run NAME`, and is a file to start from.\n")
    for name, text in shipped().items():
        print(f"gallery: {name}", flush=True)
        lines += scenario_lines(name, text)
    lines.append("## Scripts\n")
    for script in sorted(Path("examples").glob("[0-9]*.py")):
        print(f"gallery: {script.name}", flush=True)
        lines += script_lines(script)
    (PLACE / "gallery.md").write_text("\n".join(lines), "utf-8")


def scenario_lines(name: str, text: str) -> list[str]:
    folder = RUNS / name
    copy = folder / "scenario.toml"
    if copy.is_file() and copy.read_text("utf-8") != text:
        shutil.rmtree(folder)
    run_scenario(text, folder, name=name)
    write_pictures(folder)
    pictures = sorted((folder / "figures").glob("*.png"))
    return [
        f"### {name}\n",
        f"```toml\n{text}```\n",
        *(_shown(f"{name}_{picture.name}", picture) for picture in pictures),
    ]


def script_lines(script: Path) -> list[str]:
    folder = RUNS / script.stem
    folder.mkdir(parents=True, exist_ok=True)
    where = os.environ | {"PYTHONPATH": str(Path("examples").resolve())}
    subprocess.run([sys.executable, str(script.resolve())], cwd=folder, check=True, env=where)
    pictures = sorted(folder.rglob("*.png"))
    if not pictures:
        raise SystemExit(f"{script} drew no picture.")
    return [
        f"### {script.stem}\n",
        f"```python\n{script.read_text('utf-8')}```\n",
        *(_shown(f"{script.stem}_{picture.name}", picture) for picture in pictures),
    ]


def _shown(name: str, picture: Path) -> str:
    shutil.copy(picture, PLACE / "gallery" / name)
    return f"![{name.removesuffix('.png')}](gallery/{name})\n"


if __name__ == "__main__":
    main()
