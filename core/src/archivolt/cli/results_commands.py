"""Commands on the results of a run: leaderboard, predict, evaluate, ensemble, replay."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from archivolt.search.delivered_model import DeliveredModel
    from archivolt.search.run import Run
    from archivolt.values.objectives import Objectives

RunArgument = Annotated[Path, typer.Argument(help="Run folder, as `archivolt search` printed it.")]
Single = Annotated[
    bool, typer.Option("--single", help="The best single network, also where there is an ensemble.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=NUMBER",
        help="The best network within it, e.g. parameters=50000; may be repeated.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def add_to(app: typer.Typer) -> None:
    for command in (leaderboard, predict, evaluate, ensemble, replay):
        app.command()(command)


def leaderboard(
    run: RunArgument,
    json: Json = False,
    top: Annotated[int | None, typer.Option(min=1, help="Rows to show. Default: all.")] = None,
    pareto: Annotated[
        bool,
        typer.Option("--pareto", help="Only trials that no other beats in score and objectives."),
    ] = False,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            help="What counts with --pareto beside the score, e.g. flops; may be repeated. "
            "Default: the configured objectives, or else parameters."
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER", help="Only trials within it, e.g. parameters=50000; repeatable."
        ),
    ] = None,
) -> None:
    """Show the trials of a run, best first."""
    from archivolt.search.api import open as open_run
    from archivolt.search.trade_offs import check_told, within

    if objective and not pareto:
        raise typer.BadParameter("it goes with --pareto", param_hint="--objective")
    opened = open_run(run)
    limits = _limits(limit)
    rows = opened.pareto(*(objective or ())) if pareto else opened.leaderboard()
    if limits:
        check_told(opened.history, limits)
        rows = within(rows, limits)
    rows = rows[:top]
    if json:
        _print_json(rows)
        return
    from archivolt.cli.branches import branch_lines
    from archivolt.cli.tables import leaderboard_table, print_table

    named = (each.name for each in (*opened.config.objectives, *limits))
    print_table(leaderboard_table(rows, opened.problem.metric, (*named, *(objective or ()))))
    for line in branch_lines(opened.branches(), opened.problem):
        typer.echo(line)


def _limits(given: Sequence[str] | None) -> Objectives:
    from archivolt.search.trade_offs import parse_limit

    try:
        return tuple(parse_limit(each) for each in given or ())
    except ValueError as cause:
        raise typer.BadParameter(str(cause), param_hint="--limit") from cause


def _model(opened: Run, single: bool, limit: Sequence[str] | None) -> DeliveredModel:
    limits = {each.name: each.limit for each in _limits(limit) if each.limit is not None}
    if limits:
        return opened.best_within(**limits)
    return opened.single if single else opened.best


def predict(
    run: RunArgument,
    data: Annotated[Path, typer.Argument(help="Data of the kind that was searched on.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write. Default: the terminal.")
    ] = None,
    single: Single = False,
    limit: Limit = None,
) -> None:
    """Predict with the model of a run, a row for each row of the data, or for each step of it."""
    from archivolt.cli.prediction_rows import prediction_columns, prediction_rows
    from archivolt.search.api import open as open_run

    opened = open_run(run)
    model = _model(opened, single, limit)
    found = model.predictions(data)
    _tell(found.notes)

    rows = list(prediction_rows(found))

    def write(stream: Any) -> None:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(prediction_columns(model, found))
        writer.writerows(rows)

    if output is None:
        write(sys.stdout)
        return
    with output.open("w", newline="", encoding="utf-8") as stream:
        write(stream)
    typer.echo(f"{len(rows):,} predictions in {output}")


def _tell(notes: Sequence[str]) -> None:
    for note in notes:
        typer.echo(f"note: {note}", err=True)


def evaluate(
    run: RunArgument,
    data: Annotated[Path, typer.Argument(help="Labelled data of the kind that was searched on.")],
    json: Json = False,
    single: Single = False,
    limit: Limit = None,
) -> None:
    """Score the model of a run on labelled data."""
    from archivolt.cli.wording import plus_minus
    from archivolt.search.api import open as open_run
    from archivolt.values.selection import STANDARD_ERROR

    opened = open_run(run)
    model = _model(opened, single, limit)
    evaluation = model.evaluate(data)
    _tell(evaluation.notes)
    metrics, rows = evaluation.metrics, evaluation.rows
    metric = opened.problem.metric.name
    found = {
        "task": opened.problem.task.kind,
        "metric": metric,
        "score": metrics[metric],
        "metrics": dict(metrics),
        "rows": rows,
    }
    if json:
        _print_json(found)
        return
    typer.echo(f"{metric} {metrics[metric]:.4f}{plus_minus(metrics)} on {rows:,} rows")
    for name, value in metrics.items():
        if name not in (metric, STANDARD_ERROR):
            typer.echo(f"  {name} {value:.4f}")


def ensemble(
    run: RunArgument,
    ensembler: Annotated[
        str | None, typer.Option(help="What combines the trials. Default: the configured one.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(help="after_pool; or intermixed: those on the way, too.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="E.g. ensembler.members=5."),
    ] = None,
    json: Json = False,
) -> None:
    """Combine the trials of a run into one model, and deliver it beside the best network."""
    from archivolt.cli.ensembles import (
        check_schedule,
        course_table,
        ensemble_table,
        summary_lines,
    )
    from archivolt.cli.summary import delivered_in
    from archivolt.cli.tables import print_table
    from archivolt.config.setting import Setting
    from archivolt.search.api import reopen
    from archivolt.search.trial_data import ensemble_data

    overrides: list[str | Setting] = []
    if ensembler is not None:
        overrides.append(Setting("ensembler", ensembler, f"--ensembler {ensembler}"))
    along = check_schedule(schedule, run)
    opened, notes = reopen(run, overrides=[*overrides, *(set_ or ())])
    _tell(notes)
    before = len(opened.ensembles())
    combined = opened.combine(along)
    if along and not json:
        print_table(course_table(opened.ensembles()[before:], opened.problem.metric.name))
    if json:
        _print_json(ensemble_data(combined))
        return
    descriptions = {row["number"]: row["description"] for row in opened.leaderboard()}
    problem = opened.problem
    print_table(ensemble_table(combined, descriptions))
    rows = f"{problem.rows.get('report', 0):,} rows that took part in no choice"
    for line in summary_lines(combined, problem.metric.name, rows):
        typer.echo(line)
    typer.echo(delivered_in(run, "ensemble"))


def replay(
    run: RunArgument,
    number: Annotated[int, typer.Argument(min=0, help="Trial, as in the leaderboard.")],
    json: Json = False,
) -> None:
    """Train a trial again from its record: same seed, same start, same score."""
    from archivolt.search.api import open as open_run
    from archivolt.values.trial import told_transfer

    recorded, again = open_run(run).replay(number)
    same = recorded.score == again.score
    if json:
        _print_json(
            {
                "number": number,
                "recorded": recorded.score,
                "replayed": again.score,
                "same": same,
                "epochs": again.epochs,
                "seconds": again.seconds,
                "transfer": told_transfer(recorded.memo),
            }
        )
    else:
        verdict = "the same" if same else "not the same: other software or hardware than then?"
        typer.echo(
            f"trial {number}: {again.score:.6g} now, {recorded.score:.6g} as recorded; {verdict}"
        )
    if not same:
        sys.exit(1)


def _print_json(value: Any) -> None:
    import json

    from archivolt.search.trial_data import finite

    typer.echo(json.dumps(finite(value), indent=2, allow_nan=False))
