"""A trial as plain data, as events carry it; the fields are documented in docs/json.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from archivolt.values.trial import Trial


def trial_data(trial: Trial) -> dict[str, Any]:
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
        "metrics": finite(trial.metrics),
        "cause": trial.cause,
        "message": trial.message,
    }


def finite(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: a metric that is none becomes null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in metrics.items()
    }
