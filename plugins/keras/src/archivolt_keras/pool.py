"""What trials predicted on the validation rows, side by side: what an ensembler works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from archivolt.components.ensembler import Pool
from archivolt.errors import DataError
from archivolt.values.problem import VALIDATION, Problem
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.predictions import score_split
from archivolt_keras.prepared import Prepared
from archivolt_keras.scoring import compute
from archivolt_keras.steps import Steps

if TYPE_CHECKING:
    from archivolt.values.trial import Trial
    from archivolt_keras.labels import LabelEncoding


def gather(
    trials: Sequence[Trial], problem: Problem, artifacts: Callable[[int], Path]
) -> Pool | None:
    """Read the stored predictions of trials; those without any are left out.

    Raises:
        DataError: predictions are there, and are those of other rows.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    split = prepared.split(VALIDATION)
    if split is None:
        return None
    shape = split.predictions_shape(problem.task)
    kept, found = [], []
    for trial in trials:
        folder = artifacts(trial.number)
        try:
            predictions = TrialArtifacts(folder).read_predictions()
        except (OSError, ValueError, EOFError):
            continue  # removed to make room, or only half there
        if predictions.shape != shape:
            raise DataError(
                f"the predictions of trial {trial.number} have the shape {predictions.shape}, "
                f"and the validation rows want {shape}.",
                str(folder),
                "They were made on another split: begin another run.",
            )
        kept.append(trial)
        found.append(predictions)
    if not kept:
        return None
    pool = Pool(
        task=problem.task,
        metric=problem.metric,
        trials=tuple(kept),
        predictions=np.stack(found),
        labels=np.asarray(split.labels),
        score=partial(score_split, problem, prepared.encoding, split),
        weights=split.weights,
        loss_weights=split.for_training,
    )
    return _of_steps(pool, prepared.encoding) if problem.task.per_step else pool


def _of_steps(pool: Pool, encoding: LabelEncoding) -> Pool:
    """Make each step that counts a row: an ensembler needs not know of sequences."""
    assert pool.weights is not None
    assert pool.loss_weights is not None
    steps, task = Steps.of(pool.weights), evolve(pool.task, per_step=False)
    labels, weights = steps.take(pool.labels), steps.take(pool.weights)
    loss_weights = steps.take(pool.loss_weights)

    def score(predictions: NDArray[Any]) -> Mapping[str, float]:
        return compute(
            task,
            labels,
            predictions,
            weights,
            loss_weights=loss_weights,
            scale=encoding.scale,
            error_of=pool.metric.name,
            groups=steps.sequences,
        )

    return evolve(
        pool,
        task=task,
        predictions=np.stack([steps.take(each) for each in pool.predictions]),
        labels=labels,
        score=score,
        weights=weights,
        loss_weights=loss_weights,
    )
