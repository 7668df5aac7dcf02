"""Rows of a run, raw as its models read them, or prepared as their networks do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt.errors import ArchivoltError, RunError
from archivolt.values.problem import REGRESSION, REPORT, SEVERAL, TRAIN, VALIDATION, Problem
from archivolt_keras.predictions import score_split
from archivolt_keras.prepared import Prepared, Split
from archivolt_keras.raw import batches

if TYPE_CHECKING:
    from archivolt.search.run import Run

Features = Mapping[str, NDArray[Any]]
CHECKED = 32  # rows by which it is known that the data are still those of the run


@frozen(eq=False)
class Judges:
    """Rows on which a model is compared with its export."""

    split: str
    features: Features
    rows: int


def judges(run: Run, raw: bool) -> Judges:
    """Return the rows that took part in no choice; where there are none, the validation rows.

    Raises:
        RunError: the data cannot be read any more, or are other ones now.
    """
    split = REPORT if run.problem.rows.get(REPORT) else VALIDATION
    features = _features(run, split, raw)
    return Judges(split, features, run.problem.rows[split])


def representative(run: Run, raw: bool, count: int) -> Features:
    """Draw training rows by the seed of the run: what int8 learns the range of numbers from.

    Raises:
        RunError: the data cannot be read any more, or are other ones now.
    """
    features = _features(run, TRAIN, raw)
    rows = len(next(iter(features.values())))
    rng = np.random.default_rng([run.config.seed, rows])
    drawn = np.sort(rng.choice(rows, min(count, rows), replace=False))
    return {name: np.asarray(values[drawn]) for name, values in features.items()}


def score(problem: Problem, split: str, outputs: NDArray[Any]) -> Mapping[str, float]:
    """Score what a model gives for the rows of a split, `(rows, outputs)`, by every metric."""
    prepared = Prepared.open(Path(problem.folder), problem.task)
    encoding = prepared.encoding
    if problem.task.kind in (REGRESSION, SEVERAL):
        outputs = (outputs - encoding.mean) / encoding.scale
    return score_split(problem, encoding, _split(prepared, split), outputs)


def _features(run: Run, split: str, raw: bool) -> Features:
    prepared = Prepared.open(Path(run.problem.folder), run.problem.task)
    parts = _split(prepared, split).parts
    if not raw:
        return parts
    try:
        data = run.rows(split)
    except ArchivoltError as cause:
        raise RunError(
            str(run.path),
            f"its raw rows cannot be read again: {cause}",
            "Where they were passed in Python, export there, from the run that `archivolt.search` "
            "returned, or export --without-preprocessing.",
        ) from cause
    assert data is not None  # the prepared rows are there
    _check_same(run, prepared, parts, data.features)
    return data.features


def _check_same(run: Run, prepared: Prepared, parts: Features, raw: Features) -> None:
    first = {name: values[:CHECKED] for name, values in raw.items()}
    (batch,) = batches(first, prepared.inputs)
    found = prepared.front_end()(batch, training=False)
    for name, part in parts.items():
        now = np.asarray(found[name])
        if now.shape[1:] != part.shape[1:] or not np.allclose(
            now, part[:CHECKED], rtol=1e-4, atol=1e-4
        ):
            raise RunError(
                str(run.path),
                "was searched on other data than lie there now.",
                "Bring back the data that it was given.",
            )


def _split(prepared: Prepared, name: str) -> Split:
    split = prepared.split(name)
    if split is None:
        raise RunError(str(prepared.folder), f"holds no {name} rows any more.")
    return split
