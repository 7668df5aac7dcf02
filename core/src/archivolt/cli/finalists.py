"""Finalists that are trained again, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archivolt.cli.ensembles import members
from archivolt.cli.wording import duration, plus_minus, quantity, score
from archivolt.search.events import (
    Event,
    FinalistsStarted,
    FinalistTrained,
    Noted,
)
from archivolt.values.finalists import FRESH, Finalists

HOW = {"fresh": "fresh", "all_rows": "on all rows but those of the report"}


def finalist_line(event: Event, metric: str) -> str | None:
    """Say in a line what happened in the training of finalists; None: nothing worth a line."""
    if isinstance(event, Noted):
        return f"note: {event.text}"
    if isinstance(event, FinalistsStarted):
        numbers = ", ".join(str(trial.number) for trial in event.trials)
        line = f"training the finalists again, {HOW[event.training]}: trials {numbers}"
        there = ", ".join(map(str, event.trained))
        return f"{line} ({there}: trained already)" if there else line
    if isinstance(event, FinalistTrained):
        trial = event.trial
        told = "" if trial.score is None else f", {metric} {score(trial.score)}"
        epochs = f"{trial.epochs} of {trial.schedule} epochs"
        return f"finalist {trial.number}: {epochs} in {duration(trial.seconds)}{told}"
    return None


def finalists_lines(made: Finalists, metric: str, rows: str) -> list[str]:
    """Tell what was delivered of the finalists, by scores on rows that no choice saw.

    Args:
        made: The finalists.
        metric: That is shown.
        rows: What to call the report rows.
    """
    lines = [
        f"finalists, trained {HOW[made.training]}: trial {made.single.number}, "
        f"{quantity(made.single.parameters)} parameters"
    ]
    lines += _scores(made.report, made.single.metrics, made.training, metric, rows)
    if made.ensemble is not None:
        lines.append(f"      and the ensemble of {members(made.ensemble)}")
        lines += _scores(made.ensemble.report, made.ensemble.metrics, made.training, metric, rows)
    return lines


def _scores(
    report: Mapping[str, Any],
    validation: Mapping[str, Any],
    training: str,
    metric: str,
    rows: str,
) -> list[str]:
    chosen = ""
    if training == FRESH:
        chosen = f"{score(validation.get(metric))} on the validation rows that chose it"
    if not report:
        return [f"      {metric} {chosen}"] if chosen else ["      no rows are left to judge it by"]
    shown = f"      {metric} {score(report.get(metric))}{plus_minus(report)} on {rows}"
    return [f"{shown} ({chosen})" if chosen else shown]
