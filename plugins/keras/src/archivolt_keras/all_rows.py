"""Training and validation rows together as training rows: a prepared problem made of another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from attrs import evolve

from archivolt.errors import DataError
from archivolt.files import same_file
from archivolt.values.encoding import fingerprint
from archivolt.values.problem import REPORT, TRAIN, UNLABELLED, VALIDATION, Problem
from archivolt_keras.prepared import (
    FACTS,
    FRONT_END,
    LABELS,
    LOSS_WEIGHTS,
    WEIGHTS,
    Array,
    Prepared,
)

DIVIDED = "divided"  # in the details of such a problem: the digest of the one it was made of
PIECE = 1 << 24  # bytes copied at once


def pose_on_all_rows(problem: Problem, folder: Path) -> Problem:
    """Write the prepared rows anew, those of training and validation as one split.

    Preprocessing, label encoding and class weights stay as they were fitted on the training rows.
    What is the same takes no room where the file system gives a file two names.

    Raises:
        DataError: the prepared data are gone or damaged.
    """
    prepared = Prepared.open(Path(problem.folder), problem.task)
    train, validation = prepared.split(TRAIN), prepared.split(VALIDATION)
    if train is None or validation is None:
        raise DataError("no training or no validation rows are there.", problem.folder)
    for name in (FRONT_END, FACTS):
        same_file(prepared.folder / name, folder / name)
    for name in (REPORT, UNLABELLED):
        for path in (prepared.folder / name).glob("*.npy"):
            same_file(path, folder / name / path.name)
    pairs: dict[str, tuple[Array | None, Array | None]] = {
        **{name: (part, validation.parts[name]) for name, part in train.parts.items()},
        LABELS: (train.labels, validation.labels),
        WEIGHTS: (train.weights, validation.weights),
        LOSS_WEIGHTS: (train.loss_weights, validation.loss_weights),
    }
    (folder / TRAIN).mkdir()
    for name, (first, second) in pairs.items():
        if first is not None and second is not None:
            _write_both(folder / TRAIN / f"{name}.npy", first, second)
    rows = {name: count for name, count in problem.rows.items() if name != VALIDATION}
    return evolve(
        problem,
        rows={**rows, TRAIN: train.rows + validation.rows},
        folder=str(folder),
        digest=fingerprint((problem.digest, "all rows")),
        details={**problem.details, DIVIDED: problem.digest},
    )


def is_on_all_rows(problem: Problem) -> bool:
    """Tell whether no rows are left to choose by."""
    return DIVIDED in problem.details


def _write_both(path: Path, first: Array, second: Array) -> None:
    rows = len(first) + len(second)
    shape = (rows, *first.shape[1:])
    written = np.lib.format.open_memmap(path, "w+", first.dtype, shape)
    step = max(1, PIECE // max(1, first.nbytes // max(1, len(first))))
    done = 0
    for array in (first, second):
        for start in range(0, len(array), step):
            piece = array[start : start + step]
            written[done : done + len(piece)] = piece
            done += len(piece)
    written.flush()
