"""What trials predicted on the validation rows, side by side: what an ensembler works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from archivolt.components.ensembler import Pool
from archivolt.errors import DataError
from archivolt.values.problem import VALIDATION, Problem
from archivolt_keras.artifacts import TrialArtifacts
from archivolt_keras.predictions import score_split
from archivolt_keras.prepared import Prepared

if TYPE_CHECKING:
    from archivolt.values.trial import Trial


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
    shape = (split.rows, problem.task.outputs)
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
    return Pool(
        task=problem.task,
        metric=problem.metric,
        trials=tuple(kept),
        predictions=np.stack(found),
        labels=np.asarray(split.labels),
        score=partial(score_split, problem, prepared.encoding, split),
        weights=split.weights,
        loss_weights=split.for_training,
    )
