"""Trials, ensembles and finalists as plain data, as events carry them; see docs/json.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from archivolt.values.combined import Combined
from archivolt.values.finalists import Finalists
from archivolt.values.trial import Trial, told_prior, told_transfer


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
        "transfer": told_transfer(trial.memo),
        "prior": told_prior(trial.memo),
        "fingerprint": trial.candidate.fingerprint,
        "architecture": str(trial.candidate),
        "metrics": finite(trial.metrics),
        "cause": trial.cause,
        "message": trial.message,
    }


def ensemble_data(combined: Combined) -> dict[str, Any]:
    ensemble = combined.ensemble
    adds = combined.adds or (None,) * len(ensemble.members)
    return {
        "number": combined.number,
        "trials": combined.trials,
        "members": [
            {"trial": trial, "weight": weight, "adds": finite(added)}
            for trial, weight, added in zip(ensemble.members, ensemble.weights, adds, strict=True)
        ],
        "stacked": bool(ensemble.kernel),
        "temperature": ensemble.temperature,
        "parameters": combined.parameters,
        "metrics": finite(combined.metrics),
        "report": finite(combined.report),
    }


def finalists_data(made: Finalists) -> dict[str, Any]:
    return {
        "training": made.training,
        "trials": [trial_data(trial) for trial in made.trials],
        "single": made.single.number,
        "report": finite(made.report),
        "ensemble": None if made.ensemble is None else ensemble_data(made.ensemble),
    }


def finite(data: Any) -> Any:
    """JSON has no NaN and no infinity: such a number becomes null, wherever it stands."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {name: finite(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [finite(each) for each in data]
    return data
