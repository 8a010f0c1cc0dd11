"""The command line. Each command imports what it needs, so that help comes at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from zitter.core.environment import prepare, use_device, use_precision

BAD_INPUT, INTERRUPTED = 2, 130

Device = Annotated[str, typer.Option(help="auto, cpu or gpu.")]
Precision = Annotated[str, typer.Option(help="double, or single where JAX computes.")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Import, and so run, functions the scenario names.")
]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From one wavefunction to classical gravity: the paper's claims, measured.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from zitter import __version__

        print(f"zitter {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    prepare()


@app.command()
def reproduce(
    preset: Annotated[
        str, typer.Option(help="quick (minutes), default, or full (as long as it takes).")
    ] = "default",
    only: Annotated[
        list[str] | None, typer.Option(help="Claim to run, by id or number (L1); repeatable.")
    ] = None,
    section: Annotated[str, typer.Option(help="Only claims of this section, such as 2.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if a verdict differs from the ledger.")
    ] = False,
    judge_only: Annotated[
        bool, typer.Option("--judge-only", help="Judge the stored data; run nothing.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report and the data.")] = Path("out"),
    workers: Annotated[int, typer.Option(help="Experiments at the same time.")] = 2,
    device: Device = "auto",
) -> None:
    """Run the experiments of the paper's claims, judge them and write the report.

    Finished data are kept in OUT/data and used again; an interrupted run goes on from there.
    """
    use_device(device)
    from zitter.report.job import Job, run_job

    job = Job(preset, tuple(only or ()), section, seed, judge_only, out, workers)
    try:
        records = run_job(job)
    except KeyboardInterrupt:
        print(
            f"\nInterrupted. What is finished is kept in {out / 'data'}: "
            "run the same command again to go on.",
            file=sys.stderr,
        )
        raise typer.Exit(INTERRUPTED) from None
    if strict:
        from zitter.report.ledger import differs_from_ledger

        raise typer.Exit(int(any(map(differs_from_ledger, records))))


@app.command()
def equations(
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table as a Markdown page.")
    ] = None,
) -> None:
    """List the paper's 115 equations: status, correction, code and test."""
    from zitter.report import equations as table
    from zitter.report.ledger import write_whole

    rows = table.equation_table()
    if markdown:
        write_whole(markdown, table.as_markdown(rows))
    elif as_json:
        print(table.as_json(rows))
    else:
        for e in rows:
            print(f"({e.number})".rjust(5), e.status.ljust(11), e.meaning)
            for text in (e.correction, ", ".join(e.code)):
                if text:
                    print(" " * 18 + text)


@app.command()
def claims(
    markdown: Annotated[
        Path | None, typer.Option(help="Write the ledger as a Markdown page.")
    ] = None,
) -> None:
    """List the claims and the verdicts of the committed ledger."""
    from zitter.claims import ALL
    from zitter.report.ledger import claims_markdown, write_whole

    if markdown:
        write_whole(markdown, claims_markdown(ALL))
        return
    for c in ALL:
        print(f"{c.ledger:4} {c.predicted.value:21} {c.id}\n     {c.statement}")


@app.command()
def new(
    kind: Annotated[
        str, typer.Argument(help="centre_of_mass, packet, bodies, mean_field or bath.")
    ],
    file: Annotated[Path | None, typer.Argument(help="File to write; KIND.toml if none.")] = None,
) -> None:
    """Write a commented scenario to start from."""
    from zitter.scenarios.kinds import template

    file = file or Path(f"{kind}.toml")
    if file.exists():
        raise ValueError(f"{file} is there already: choose another name.")
    file.write_text(template(kind), "utf-8")
    print(f"Written: {file}. Run it with: zitter run {file}")


@app.command()
def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Files, or names of shipped scenarios.")],
    allow_code: AllowCode = False,
) -> None:
    """Name every mistake of scenarios, and what their physics chooses where they are silent."""
    from zitter.report.scenario_job import validated

    mistaken = False
    for name in scenarios:
        right, said = validated(name, allow_code=allow_code)
        print(said, file=sys.stdout if right else sys.stderr)
        mistaken |= not right
    raise typer.Exit(BAD_INPUT if mistaken else 0)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="File, or name of a shipped scenario.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the run; runs/NAME if none.")] = None,
    device: Device = "auto",
    precision: Precision = "double",
    allow_code: AllowCode = False,
) -> None:
    """Run a scenario, and draw its pictures. A run that was interrupted goes on."""
    use_device(device)
    use_precision(precision)
    from zitter.scenarios.kinds import base_of, text_of

    folder = out or Path("runs") / Path(scenario).stem
    _run_in(folder, text_of(scenario), scenario, base_of(scenario), allow_code)


@app.command()
def resume(
    folder: Annotated[Path, typer.Argument(help="Folder of a run that was interrupted.")],
    device: Device = "auto",
    precision: Precision = "double",
    allow_code: AllowCode = False,
) -> None:
    """Go on with a run or a sweep that was interrupted; the result is the same, bit by bit."""
    use_device(device)
    use_precision(precision)
    copy = folder / "scenario.toml"
    if not copy.is_file():
        from zitter.report.sweep_job import resume_sweep

        failed = resume_sweep(folder, allow_code=allow_code)
        print(f"Result: {folder / 'result.zarr'}")
        raise typer.Exit(int(bool(failed)))
    _run_in(folder, copy.read_text("utf-8"), str(copy), folder, allow_code)


@app.command()
def view(folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Draw the pictures of a run again, and write its page."""
    from zitter.report.run_page import write_pictures

    print(f"Page: {write_pictures(folder)}")


@app.command()
def report(
    runs: Annotated[list[Path] | None, typer.Argument(help="Folders of finished runs.")] = None,
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("report.html"),
) -> None:
    """Collect runs on one page: a table of them, then the pictures of each."""
    from zitter.report.runs_page import write_runs_page

    print(f"Page: {write_runs_page(runs or [], out)}")


@app.command()
def film(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    file: Annotated[
        Path | None, typer.Argument(help=".gif or .mp4; film.gif there if none.")
    ] = None,
) -> None:
    """Write the moving picture of a run as a film."""
    from zitter.report.run_page import film_of

    print(f"Film: {film_of(folder, file or folder / 'figures' / 'film.gif')}")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run or a sweep, or a zarr store.")],
    file: Annotated[Path, typer.Argument(help="File to write, .nc or .h5.")],
) -> None:
    """Write a result as netCDF, which is HDF5; complex variables as NAME_real and NAME_imag."""
    from zitter.scenarios.exporting import write_netcdf

    print(f"Written: {write_netcdf(run, file)}")


@app.command()
def scenarios(
    schema: Annotated[str, typer.Option(help="Print the JSON schema of this kind.")] = "",
) -> None:
    """List the shipped scenarios; each runs with `zitter run NAME`."""
    from zitter.scenarios import kinds

    if schema:
        import json

        print(json.dumps(kinds.config_of(schema).model_json_schema(), indent=1))
        return
    for name, text in kinds.shipped().items():
        print(f"{name:24} {text.splitlines()[0].lstrip('# ')}")


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(help="Folders of runs; one scenario with --key.")],
    key: Annotated[
        str, typer.Option(help="Run the scenario with these values: num_samples=31,61,121.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder of the runs with --key.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the differences as zarr.")] = None,
    workers: Annotated[int, typer.Option(help="Runs at the same time.")] = 2,
    allow_code: AllowCode = False,
) -> None:
    """Show how far runs differ, from each to the next, and how fast the differences shrink."""
    from zitter.core import dataset
    from zitter.report.comparison import as_text
    from zitter.scenarios.comparing import compare as differences_of
    from zitter.scenarios.running import open as open_run

    names, folders = list(runs), [Path(run) for run in runs]
    if key:
        if len(runs) != 1:
            raise ValueError("`--key` needs one scenario, not several.")
        folder = out or Path("runs") / f"{Path(runs[0]).stem}-compared"
        settings = _sweep(runs[0], [key], folder, workers=workers, allow_code=allow_code)
        names = [f"{name} = {value}" for name, values in settings.items() for value in values]
        folders = [folder / "runs" / f"{n:04d}" for n in range(len(names))]
    table = differences_of([open_run(folder) for folder in folders], names)
    print(as_text(table))
    if save:
        print(f"Differences: {dataset.save(table, save)}")


@app.command()
def sweep(
    scenario: Annotated[str, typer.Argument(help="File, or name of a shipped scenario.")],
    settings: Annotated[
        list[str],
        typer.Argument(help="key=a,b,c, key=start:stop:num or key=log:start:stop:num; repeatable."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder; runs/NAME-sweep if none.")] = None,
    workers: Annotated[int, typer.Option(help="Runs at the same time.")] = 2,
    scheduler: Annotated[
        str, typer.Option(help="Address of a Dask scheduler, tcp://host:port.")
    ] = "",
    retries: Annotated[int, typer.Option(help="How often a run that fails is tried again.")] = 2,
    device: Device = "auto",
    allow_code: AllowCode = False,
) -> None:
    """Run a scenario with all values of some keys. A sweep that was killed goes on."""
    use_device(device)
    folder = out or Path("runs") / f"{Path(scenario).stem}-sweep"
    how = dict(workers=workers, scheduler=scheduler, retries=retries, allow_code=allow_code)
    _sweep(scenario, settings, folder, **how)
    print(f"Result: {folder / 'result.zarr'}")


def _sweep(scenario: str, written: list[str], folder: Path, **how: Any) -> dict[str, list[Any]]:
    """Run a sweep; the values of each key."""
    from zitter.report.sweep_job import sweep_as_written

    try:
        settings, failed = sweep_as_written(scenario, written, folder, **how)
    except KeyboardInterrupt:
        print("\nInterrupted. Go on with the same command again.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if failed:
        raise typer.Exit(1)
    return settings


def _run_in(folder: Path, text: str, name: str, base: Path, allow_code: bool) -> None:
    from zitter.report.run_page import write_pictures
    from zitter.report.scenario_job import run_with_progress

    try:
        run_with_progress(text, folder, name, base=base, allow_code=allow_code)
    except KeyboardInterrupt:
        print(f"\nInterrupted. Go on with: zitter resume {folder}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    print(f"Result: {folder / 'result.zarr'}\nPage: {write_pictures(folder)}")


def main() -> None:
    """Run the command line; bad input gets its sentence and exit code 2, never a traceback."""
    try:
        app()
    except ValueError as error:
        print(f"zitter: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
