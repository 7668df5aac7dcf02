"""`archivolt benchmark`: how fast searchers find the best rows of published tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, Typer  # and nothing heavier: help imports this module

if TYPE_CHECKING:
    from archivolt_tabular_benchmarks.contestants import Contestant
    from archivolt_tabular_benchmarks.measuring import Measured, Protocol

app = Typer(help="Measure searchers on published tables of results.", no_args_is_help=True)

Data = Annotated[
    Path | None, Option("--data", metavar="DIR", help="Folder in which the files of tables lie.")
]


@app.command()
def tables(
    names: Annotated[
        list[str] | None, Argument(help="Tables, or specifications (.yaml). Default: all known.")
    ] = None,
    data: Data = None,
) -> None:
    """List the tables that are known; show what those that are named consist of."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from archivolt_tabular_benchmarks.reading import find_specification, shipped

    grid = Table("table", "positions", "file", "there", box=None, pad_edge=False)
    for name in names or shipped():
        each = find_specification(name)
        there = "yes" if each.path(data).is_file() else "no"
        grid.add_row(each.name, str(len(each.form.positions)), Text(each.file), there)
    console = Console()
    console.print(grid)
    if names:
        for name in names:
            each = find_specification(name)
            console.print(Text(f"\n{each.name}: {each.about}"))
            console.print(Text(f"From {each.source or 'an unnamed source'}; {each.licence}."))
            for position in each.form.positions:
                console.print(Text(f"  {position.name}: {', '.join(map(str, position.values))}"))


@app.command("trials-to-threshold")
def trials_to_threshold(
    table: Annotated[
        list[str], Option(help="Table, see `archivolt benchmark tables`; or a .yaml. Repeatable.")
    ],
    searchers: Annotated[
        str, Option(help="`all`, or names: random,greedy(beam=3,starts=10).")
    ] = "all",
    seeds: Annotated[int, Option(min=1, help="Searches of each searcher.")] = 20,
    first_seed: Annotated[int, Option(min=0, help="Of the first of them.")] = 0,
    data: Data = None,
    max_trials: Annotated[int, Option(min=1, help="Then a search is lost.")] = 2000,
    quantile: Annotated[
        list[float] | None,
        Option(min=0.0, max=1.0, help="Of the rows: 0.999 is the best 0.1 %. Repeatable."),
    ] = None,
    output: Annotated[
        Path | None, Option(metavar="DIR", help="Folder for JSON and a picture of each table.")
    ] = None,
    jobs: Annotated[int, Option(min=1, help="Processes.")] = 1,
    plugin: Annotated[
        list[Path] | None, Option(metavar="FILE", help="A plugin that is not installed, .py.")
    ] = None,
    as_json: Annotated[bool, Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Count the trials until a searcher has found one of the best rows of a table."""
    import json

    from typer import echo

    from archivolt_tabular_benchmarks.contestants import read_contestants
    from archivolt_tabular_benchmarks.measuring import QUANTILES, Protocol, registry_of, table_of
    from archivolt_tabular_benchmarks.summary import document

    asked = tuple(sorted(set(quantile or QUANTILES)))
    files = tuple(each.absolute() for each in plugin or ())
    protocols = [Protocol(each, data, asked, max_trials, files) for each in table]
    for each in protocols:
        table_of(each)  # a table that is missing is told before the first search
    registry = registry_of(protocols[0])
    for failure in registry.failures:  # its searchers are missing from `all`
        echo(f"warning: {failure}", err=True)
    contestants = read_contestants(searchers, registry)
    measured = []
    for protocol in protocols:
        results = _measure(protocol, contestants, range(first_seed, first_seed + seeds), jobs)
        measured.append(document(table_of(protocol), protocol, results))
        if not as_json:
            _print(protocol, results)
        if output is not None:
            _write(output, protocol, results)
    if as_json:
        print(json.dumps(measured if len(measured) > 1 else measured[0], indent=2))


def _measure(
    protocol: Protocol, contestants: tuple[Contestant, ...], seeds: range, jobs: int
) -> list[Measured]:
    from rich.console import Console
    from rich.progress import Progress

    from archivolt_tabular_benchmarks.measuring import measure

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(protocol.table, total=len(contestants) * len(seeds))
        return list(measure(protocol, contestants, seeds, jobs, lambda: progress.advance(task)))


def _print(protocol: Protocol, results: list[Measured]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from archivolt_tabular_benchmarks.measuring import table_of
    from archivolt_tabular_benchmarks.summary import show, summarise

    table, console = table_of(protocol), Console()
    console.print(
        f"{table.specification.name}: trials until one of the best rows was tried, "
        f"at most {protocol.max_trials:,}",
        highlight=False,
    )
    grid = Table(box=None, pad_edge=False)
    grid.add_column("rows")
    grid.add_column("searcher")
    for heading in ("median", "quartiles", "90th %", "lost"):
        grid.add_column(heading, justify="right")
    summaries = [(each, summarise(each, protocol.quantiles)) for each in results if each.searches]
    for at, quantile in enumerate(protocol.quantiles):
        best = f"best {100 * (1 - quantile):.4g} %"
        for each, found in sorted(summaries, key=lambda pair: pair[1][at].median):
            one = found[at]
            quartiles = f"{show(one.quartiles[0])} to {show(one.quartiles[1])}"
            cells = (show(one.median), quartiles, show(one.percentile_90))
            grid.add_row(best, Text(each.label), *cells, f"{one.lost} of {one.searches}")
    console.print(grid)
    for each in results:
        if each.failure:
            console.print(Text(f"{each.label} was not measured: {each.failure}"))


def _write(output: Path, protocol: Protocol, results: list[Measured]) -> None:
    import json

    from typer import echo

    from archivolt.errors import SearchError
    from archivolt_tabular_benchmarks.measuring import table_of
    from archivolt_tabular_benchmarks.picture import draw
    from archivolt_tabular_benchmarks.summary import document

    table = table_of(protocol)
    output.mkdir(parents=True, exist_ok=True)
    stem = output / f"trials_to_threshold_{table.specification.name}"
    written = stem.with_suffix(".json")
    written.write_text(json.dumps(document(table, protocol, results), indent=2), encoding="utf-8")
    echo(f"written: {written}", err=True)
    try:
        draw(table, protocol, results, stem.with_suffix(".png"))
    except SearchError as error:  # the figures are there all the same
        echo(f"no picture: {error}", err=True)
    else:
        echo(f"written: {stem.with_suffix('.png')}", err=True)
