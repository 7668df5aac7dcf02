"""Events as JSON, one a line: for programs; the fields are documented in docs/json.md."""

from __future__ import annotations

import json
import time
from typing import Any

from archivolt.search.events import (
    EnsembleMade,
    EpochEnded,
    Event,
    FinalistEpoch,
    FinalistsMade,
    FinalistsStarted,
    Noted,
    SearchFinished,
    SearchStarted,
)
from archivolt.search.trial_data import ensemble_data, finalists_data, finite, trial_data
from archivolt.values.selection import Selection
from archivolt.values.trial import Trial


def print_event(event: Event) -> None:
    print(json.dumps(as_data(event, time.time()), allow_nan=False), flush=True)


def as_data(event: Event, now: float) -> dict[str, Any]:
    """Return an event as plain data: its name, the Unix time, and its facts."""
    data: dict[str, Any] = {"event": event.event, "time": now}
    if isinstance(event, Noted):
        data["text"] = event.text
    elif isinstance(event, SearchStarted):
        data |= {
            "run": event.run,
            "trials": event.trials,
            "metric": event.metric,
            "maximize": event.maximize,
            "workers": event.workers,
            "budget": dict(event.budget),
            "spent": event.spent,
            "best": trial_data(event.board[0]) if event.board else None,
        }
    elif isinstance(event, (EpochEnded, FinalistEpoch)):
        metrics = finite(event.metrics)
        data |= {"trial": event.trial.number, "epoch": event.epoch, "metrics": metrics}
    elif isinstance(event, EnsembleMade):
        data |= ensemble_data(event.combined)
    elif isinstance(event, FinalistsStarted):
        numbers = [trial.number for trial in event.trials]
        data |= {"training": event.training, "trials": numbers, "trained": list(event.trained)}
    elif isinstance(event, FinalistsMade):
        data |= finalists_data(event.finalists)
    elif isinstance(event, SearchFinished):
        data |= {
            "run": event.run,
            "trials": event.trials,
            "best": None if event.best is None else trial_data(event.best),
            "selection": None if event.selection is None else _selection(event.selection),
            "report": finite(event.report),
            "ensemble": None if event.ensemble is None else ensemble_data(event.ensemble),
            "finalists": None if event.finalists is None else finalists_data(event.finalists),
            "reason": event.reason,
            "interrupted": event.interrupted,
            "error": event.error,
        }
    else:
        trial: Trial = event.trial  # type: ignore[attr-defined]  # every other event has one
        data["trial"] = trial_data(trial)
        if hasattr(event, "best"):
            data["best"] = event.best
    return data


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "highest": selection.highest.number,
        "highest_score": selection.highest.score,
        "standard_error": selection.error,
        "among": selection.among,
        "by": selection.by,
    }
