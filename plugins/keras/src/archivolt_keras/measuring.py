"""Measuring the network of a trial as it would be delivered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.measurement import Measurement, TrainedNetwork, measured
from archivolt.values.logits import predictions_of
from archivolt.values.problem import TRAIN, Problem
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.prepared import Prepared
from archivolt_keras.whole import whole_network

if TYPE_CHECKING:
    from archivolt.values.trial import Trial
    from archivolt_keras.course import Validation


def measure(
    measurements: Sequence[Measurement],
    trial: Trial,
    problem: Problem,
    validation: Validation,
    artifacts: TrialArtifacts,
    taken: Iterable[str],
) -> tuple[Mapping[str, float], tuple[str, ...]]:
    """Measure what a trial left behind, which is not always what its last epoch gave.

    Args:
        measurements: In their order.
        trial: Its artifacts are written.
        problem: Tells features, task and outputs.
        validation: The rows that score trials.
        artifacts: The folder of the trial.
        taken: Names that the trial tells already.

    Returns:
        Numbers by name, and what a person should know, each a sentence.
    """
    if not measurements:
        return {}, ()
    network = whole_network(trial.number, trial.candidate, trial.prior, problem, artifacts)
    training = Prepared.open(Path(problem.folder), problem.task).split(TRAIN)
    assert training is not None  # it was trained on them

    def score(logits: NDArray[Any]) -> Mapping[str, float]:
        predictions = np.asarray(predictions_of(problem.task, logits), np.float32)
        return validation.score(predictions)

    trained = TrainedNetwork(network.model, problem, training.parts, validation.split.parts, score)
    return measured(measurements, trained, taken)
