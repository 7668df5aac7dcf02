"""Events as JSON, one a line: for programs; the fields are documented in docs/json.md."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from archivolt.search.events import (
    EpochEnded,
    Event,
    Noted,
    SearchFinished,
    SearchStarted,
)
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
        }
    elif isinstance(event, EpochEnded):
        metrics = _finite(event.metrics)
        data |= {"trial": event.trial.number, "epoch": event.epoch, "metrics": metrics}
    elif isinstance(event, SearchFinished):
        data |= {
            "run": event.run,
            "trials": event.trials,
            "best": None if event.best is None else _trial(event.best),
            "report": _finite(event.report),
            "reason": event.reason,
            "interrupted": event.interrupted,
            "error": event.error,
        }
    else:
        trial: Trial = event.trial  # type: ignore[attr-defined]  # every other event has one
        data["trial"] = _trial(trial)
        if hasattr(event, "best"):
            data["best"] = event.best
    return data


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": trial.state,
        "score": trial.score,
        "parameters": trial.parameters,
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        "parent": trial.parent,
        "mutator": trial.mutator,
        "fingerprint": trial.candidate.fingerprint,
        "architecture": str(trial.candidate),
        "metrics": _finite(trial.metrics),
        "cause": trial.cause,
        "message": trial.message,
    }


def _finite(metrics: Any) -> dict[str, Any]:
    """JSON has no NaN: a metric that is none becomes null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in metrics.items()
    }
