"""What is told at the end of a search."""

from __future__ import annotations

import sys
from pathlib import Path

from archivolt.cli.ensembles import summary_lines
from archivolt.cli.finalists import finalists_lines
from archivolt.cli.standing import Standing
from archivolt.cli.wording import duration, plus_minus, quantity, score
from archivolt.values.finalists import Finalists
from archivolt.values.selection import STANDARD_ERROR, Selection

_WRITTEN = {"brier": "Brier score"}


def print_summary(standing: Standing) -> None:
    """Tell the result: what ended it, the best trial, its score on rows that no choice saw."""
    for line in summary(standing):
        print(line, flush=True)
    if standing.end is not None and standing.end.error is not None:
        print(f"error: {standing.end.error}", file=sys.stderr)


def summary(standing: Standing) -> list[str]:
    end = standing.end
    if end is None:
        return []
    lines = [f"done: {end.reason}; {end.trials} trials" + _failures(standing)]
    if end.best is None:
        return lines
    best = end.best
    lines.append(
        f"best: trial {best.number}, {quantity(best.parameters)} parameters, "
        f"{best.epochs} epochs, {duration(best.seconds)} to train"
    )
    lines.append(f"      {best.candidate}")
    if end.selection is not None and end.selection.trial is not end.selection.highest:
        lines.append(f"      {_reason(end.selection, standing.metric)}")
    report = {
        name: value for name, value in end.report.items() if name not in ("rows", STANDARD_ERROR)
    }
    if report:
        others = ", ".join(
            f"{name} {value:.4f}" for name, value in report.items() if name != standing.metric
        )
        lines.append(
            f"{standing.metric} {score(report.get(standing.metric))}"
            f"{plus_minus(end.report)} on "
            f"{end.report['rows']:,} rows that took part in no choice ({others})"
        )
        lines.append(f"      (it was selected by {score(best.score)} on the validation rows)")
    else:
        lines.append(
            f"{standing.metric} {score(best.score)}"
            f"{plus_minus(best.metrics)} on the validation rows that selected it: "
            "expect less on new data; no rows were held back"
        )
    run = _short(end.run)
    rows = f"the same {end.report['rows']:,} rows" if report else "the report rows"
    if end.ensemble is not None:
        lines += summary_lines(end.ensemble, standing.metric, rows)
    if end.finalists is not None:
        made = end.finalists
        lines += finalists_lines(made, standing.metric, rows)
        lines += finalists_in(run, made)
    elif end.ensemble is not None:
        lines.append(f"{delivered_in(run, 'ensemble')}; the single network: {run}/best")
    else:
        lines.append(delivered_in(run, "best"))
    lines.append(f"next:  archivolt leaderboard {run}  |  archivolt predict {run} NEW_DATA")
    return lines


def _reason(selection: Selection, metric: str) -> str:
    """Say why it is not the trial with the best score."""
    highest = selection.highest
    return (
        f"it has the lowest {_WRITTEN.get(selection.by, selection.by)} of the {selection.among} "
        f"trials whose {metric} lies within one standard error ({selection.error:.4f}) of the "
        f"best, {score(highest.score)} of trial {highest.number}"
    )


def _failures(standing: Standing) -> str:
    if not standing.failed:
        return ""
    causes = ", ".join(f"{count} {cause}" for cause, count in sorted(standing.causes.items()))
    return f", {standing.failed} of them failed ({causes})"


def delivered_in(run: str | Path, folder: str) -> str:
    """Say where a delivered model lies: its file where it is one of Keras, otherwise its folder."""
    path = Path(run) / folder
    files = sorted(path.glob("*.keras"))
    return f"model: {files[0]}   (loads with Keras alone)" if files else f"model: {path}"


def finalists_in(run: str | Path, made: Finalists) -> list[str]:
    """Say where the models of finalists lie, and those of the search."""
    folder = f"finalists/{made.training}"
    kind = "best" if made.ensemble is None else "ensemble"
    return [
        delivered_in(run, f"{folder}/{kind}"),
        f"       predictions are theirs; as the search trained them: {run}/{kind}, and "
        f"`archivolt finish {run} --train none`",
    ]


def _short(path: str) -> str:
    """Write a path from here where that is shorter."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
