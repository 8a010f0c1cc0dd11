"""One page for one run, that holds what it shows and works without a network."""

from html import escape
from importlib import resources
from pathlib import Path
from string import Template

import xarray as xr

from zitter.report.figures import picture
from zitter.report.film import write_film
from zitter.report.interactive import moving_html
from zitter.report.ledger import write_whole
from zitter.scenarios import running
from zitter.scenarios.kinds import part_of
from zitter.scenarios.style import figure_style


def write_pictures(folder: str | Path) -> Path:
    """Path of the page of the run in `folder`; its figures are also written as PDF and PNG.

    Raises:
        ValueError: no result lies there.
    """
    folder = Path(folder)
    data = running.open(folder)
    pictures = folder / "figures"
    pictures.mkdir(exist_ok=True)
    shown = []
    drawn = part_of(data.attrs["kind"], "figures")
    with figure_style():
        for name, figure in drawn.figures(data).items():
            figure.savefig(pictures / f"{name}.pdf", metadata={"CreationDate": None})
            figure.savefig(pictures / f"{name}.png")
            shown.append(_figure(name, picture(figure).address))
    title = data.attrs["title"] or data.attrs["kind"].replace("_", " ")
    page = Template(resources.files("zitter.report").joinpath("run.html").read_text("utf-8"))
    text = page.substitute(
        title=escape(title),
        style=resources.files("zitter.report").joinpath("page.css").read_text("utf-8"),
        chosen=_rows(data.attrs["chosen"]),
        scenario=escape((folder / "scenario.toml").read_text("utf-8")),
        figures="\n".join(shown),
        moving=moving_html(drawn.moving(data), "moving"),
        groups=_groups(data),
        provenance=_rows({k: data.attrs[k] for k in ("version", "commit", "seed", "device")}),
    )
    write_whole(folder / "index.html", text)
    return folder / "index.html"


def film_of(folder: str | Path, file: str | Path) -> Path:
    """Path of the film of the run in `folder`, GIF or MP4.

    Raises:
        ValueError: no result lies there, or another ending of `file`.
    """
    data = running.open(folder)
    return write_film(part_of(data.attrs["kind"], "figures").moving(data), file)


def _figure(name: str, address: str) -> str:
    return f'<figure class="wide"><img src="{address}" alt="{escape(name)}"></figure>'


def _rows(values: dict) -> str:
    return "".join(
        f"<tr><td>{escape(str(k))}</td><td>{escape(str(v))}</td></tr>" for k, v in values.items()
    )


def _groups(data: xr.DataTree) -> str:
    lines = []
    for node in data.subtree:
        for name, variable in node.data_vars.items():
            sizes = " × ".join(f"{d} {n}" for d, n in variable.sizes.items())
            about = (variable.attrs.get("unit", ""), variable.attrs.get("meaning", ""))
            cells = (f"{node.path.strip('/')}/{name}", sizes, *about)
            lines.append("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in cells) + "</tr>")
    return "".join(lines)
