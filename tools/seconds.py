"""Write the table of seconds by preset and claim from the stored data of a run.

    python tools/seconds.py out/data

The main job guesses the time left of a first run from this table. Presets without stored data
keep their rows.
"""

import sys
import tomllib
from pathlib import Path

import zitter.claims
from zitter.claims import ALL
from zitter.claims.claim import PRESETS
from zitter.claims.run import stored_attributes

TABLE = Path(zitter.claims.__file__).with_name("seconds.toml")
HEAD = "# Seconds that each experiment takes on one of two ordinary cores; only a guide.\n"


def main(folder: Path) -> None:
    rows = tomllib.loads(TABLE.read_text("utf-8"))
    for claim in ALL:
        stored = stored_attributes(folder, claim.id)
        if stored.get("preset") in PRESETS:
            rows.setdefault(stored["preset"], {})[claim.id] = round(float(stored["seconds"]), 1)
    text = HEAD
    for preset, seconds in rows.items():
        text += f"\n[{preset}]\n" + "".join(f"{i} = {s}\n" for i, s in sorted(seconds.items()))
    TABLE.write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
