"""`archivolt finish`: the finalists of a run, trained again."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one event a line, for programs.")]


def add_to(app: typer.Typer) -> None:
    app.command()(finish)


def finish(
    run: Annotated[Path, typer.Argument(help="Run folder, as `archivolt search` printed it.")],
    train: Annotated[
        str | None,
        typer.Option(help="fresh, all_rows, or none: as the search did. Default: as configured."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="E.g. executor.workers=4."),
    ] = None,
    json: Json = False,
) -> None:
    """Train the networks that a run delivers again, and predict by them from now on."""
    from archivolt.cli.finalists import finalist_line, finalists_lines
    from archivolt.cli.json_lines import print_event
    from archivolt.cli.summary import finalists_in
    from archivolt.cli.wording import duration
    from archivolt.config.setting import Setting
    from archivolt.errors import SearchError
    from archivolt.search.api import reopen
    from archivolt.search.events import Event, FinalistsMade
    from archivolt.search.interrupts import KEPT_AS_IT_WAS, interrupting
    from archivolt.values.finalists import NO_TRAINING, TRAININGS

    overrides: list[str | Setting] = list(set_ or ())
    if train is not None:
        overrides.append(Setting("finalists.training", train, f"--train {train}"))
    opened, notes = reopen(run, overrides=overrides)
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    if train is None and opened.config.finalists.training == NO_TRAINING:
        raise SearchError("nothing says how.", f"Give --train: {', '.join(TRAININGS)}.")
    metric, began = opened.problem.metric.name, time.monotonic()
    last: Event | None = None
    ends = (signal.SIGINT, signal.SIGTERM)
    with interrupting(opened.interrupt, ends, KEPT_AS_IT_WAS):
        for last in opened.finishing(opened.config.finalists.training):
            if json:
                print_event(last)
                continue
            line = finalist_line(last, metric)
            if line is not None:
                print(f"[{duration(time.monotonic() - began)}] {line}", flush=True)
    if last is None:
        typer.echo(f"{run} predicts by the models of its search.", err=json)
        return
    if not isinstance(last, FinalistsMade):
        typer.echo("interrupted: the run is as it was; what is trained is found again.", err=True)
        sys.exit(130)
    if json:
        return
    made = last.finalists
    rows = f"{opened.problem.rows.get('report', 0):,} rows that took part in no choice"
    for line in (*finalists_lines(made, metric, rows), *finalists_in(run, made)):
        typer.echo(line)
