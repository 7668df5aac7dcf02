"""An ensemble as one Keras model: the members side by side behind one preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from archivolt.components.measuring import count_flops
from archivolt.values.combined import Combined
from archivolt.values.problem import Problem
from archivolt_keras.about import ENSEMBLE, about_problem, validation, write_about
from archivolt_keras.combining import side_by_side
from archivolt_keras.deliver import compose, trained_network
from archivolt_keras.model_files import save
from archivolt_keras.prepared import Prepared

if TYPE_CHECKING:
    from archivolt.values.trial import Trial


def deliver_ensemble(
    combined: Combined,
    trials: Sequence[Trial],
    problem: Problem,
    artifacts: Callable[[int], Path],
    target: Path,
) -> None:
    """Write an ensemble as a model that needs no Archivolt into the folder `target`.

    Args:
        combined: The ensemble, and what is known about it.
        trials: Its members, in their order.
        problem: What they were trained on; the prepared data are still there.
        artifacts: The folder of a trial, by its number.
        target: Made where it is not there.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    members = [trained_network(trial, problem, artifacts(trial.number)).model for trial in trials]
    network = side_by_side(members, combined.ensemble, problem.task)
    model = compose(prepared.front_end(), network, problem, prepared.encoding)
    save(model, target / ENSEMBLE)
    write_about(_describe(combined, trials, problem, prepared, network), target)


def _describe(
    combined: Combined,
    trials: Sequence[Trial],
    problem: Problem,
    prepared: Prepared,
    network: keras.Model,
) -> dict[str, Any]:
    name = problem.metric.name
    adds = combined.adds or (None,) * len(trials)
    return {
        **about_problem(problem, prepared, ENSEMBLE),
        "validation": validation(problem, combined.metrics, combined.metrics.get(name)),
        "trial": None,
        "members": [
            {
                "trial": trial.number,
                "weight": weight,
                "adds": added,
                "score": trial.score,
                "parameters": trial.parameters,
                "epochs": trial.epochs,
                "summary": str(trial.candidate),
            }
            for trial, weight, added in zip(trials, combined.ensemble.weights, adds, strict=True)
        ],
        "temperature": combined.ensemble.temperature,
        "stacked": bool(combined.ensemble.kernel),
        "parameters": network.count_params(),
        "flops": count_flops(network),
    }
