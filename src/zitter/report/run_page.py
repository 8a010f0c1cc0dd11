"""One page for one run, that holds what it shows and works without a network."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

import xarray as xr
from matplotlib.figure import Figure

from zitter.report.figures import picture
from zitter.report.film import write_film
from zitter.report.interactive import moving_html
from zitter.report.ledger import write_whole
from zitter.report.overview import page_part
from zitter.scenarios import running
from zitter.scenarios.kinds import KINDS, part_of
from zitter.scenarios.plan import Pictures
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
    drawn = figures_of(data)
    with figure_style():
        for name, figure in drawn.items():
            figure.savefig(pictures / f"{name}.pdf", metadata={"CreationDate": None})
            figure.savefig(pictures / f"{name}.png")
    text = Template(page_part("run.html")).substitute(
        title=escape(title_of(data)),
        style=page_part("page.css"),
        **parts_of_run(folder, data, drawn),
    )
    write_whole(folder / "index.html", text)
    return folder / "index.html"


def figures_of(data: xr.DataTree) -> dict[str, Figure]:
    """The figures of a result by their names, in the one style.

    Raises:
        ValueError: it is not the result of one run.
    """
    with figure_style():
        return _pictures_of(data).figures(data)


def _pictures_of(data: xr.DataTree) -> Pictures:
    kind = data.attrs.get("kind")
    if kind not in KINDS:
        what = "a sweep" if kind == "sweep" else "no run"
        raise ValueError(
            f"The folder holds {what}, but pictures are of single runs: those of a sweep are in "
            "its folder `runs`."
        )
    return part_of(kind, "figures")  # pyright: ignore[reportReturnType]


def title_of(data: xr.DataTree) -> str:
    """What a run is called: its title, or else its kind."""
    return data.attrs["title"] or data.attrs["kind"].replace("_", " ")


def parts_of_run(
    folder: Path,
    data: xr.DataTree,
    drawn: Mapping[str, Figure],
    *,
    name: str = "moving",
    with_script: bool = True,
) -> dict[str, str]:
    """What a page shows of a run, as HTML: figures, moving, scenario, chosen, groups, provenance.

    Args:
        folder: of the run.
        data: its result.
        drawn: its figures.
        name: id of the moving picture on the page.
        with_script: whether the moving picture brings plotly's script along; once on a page.
    """
    with figure_style():
        shown = [_figure(key, picture(figure).address) for key, figure in drawn.items()]
    moving = _pictures_of(data).moving(data)
    made_with = ("version", "commit", "seed", "device")
    return {
        "figures": "\n".join(shown),
        "moving": moving_html(moving, name, with_script=with_script),
        "scenario": escape((folder / "scenario.toml").read_text("utf-8")),
        "chosen": _rows(data.attrs["chosen"]),
        "groups": _groups(data),
        "provenance": _rows({key: data.attrs[key] for key in made_with}),
    }


def film_of(folder: str | Path, file: str | Path) -> Path:
    """Path of the film of the run in `folder`, GIF or MP4.

    Raises:
        ValueError: no result lies there, or another ending of `file`.
    """
    data = running.open(folder)
    return write_film(_pictures_of(data).moving(data), file)


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
