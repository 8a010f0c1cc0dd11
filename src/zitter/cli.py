"""The command line. Each command imports what it needs, so that help comes at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zitter.core.environment import keep_compiled_programs, use_device

BAD_INPUT, INTERRUPTED = 2, 130

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
    keep_compiled_programs()


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
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
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


def main() -> None:
    """Run the command line; bad input gets its sentence and exit code 2, never a traceback."""
    try:
        app()
    except ValueError as error:
        print(f"zitter: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
