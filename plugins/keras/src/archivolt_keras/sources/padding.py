"""Padding of sequences: steps that are there only so that all rows have one length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.features import SEQUENCE
from archivolt_keras.sources.checks import CHUNK

LENGTHS = "lengths"  # keys of the arrays
TEST_LENGTHS = "lengths_test"
ZERO = 0.0  # what marks padding where lengths are given and nothing else is said


def marked(
    x: NDArray[Any],
    lengths: object,
    padding: float | None,
    kind: str = SEQUENCE,
    where: str = LENGTHS,
) -> tuple[NDArray[Any], float | None]:
    """Mark padded steps: those beyond the lengths are filled with the number that means padding.

    Args:
        x: Features, `(rows, time, features)`.
        lengths: Real steps of each row, `(rows,)`; None where padded steps hold `padding` already.
        padding: The number that a padded step holds in every feature; None: 0 with lengths, and
            no padding without.
        kind: Of the features.
        where: What to call the lengths.

    Returns:
        The features, and the number that marks padding; None where nothing is padded.

    Raises:
        DataError: the features are no sequences, a length is none, a real step would pass for
            padding, or a row has no real step.
    """
    if lengths is None and padding is None:
        return x, None
    if kind != SEQUENCE:
        raise DataError(
            f"only sequences have padded steps, and these rows are read as {kind} features.",
            where if lengths is not None else "padding",
            "kind: sequence reads (rows, time, features) as sequences.",
        )
    value = ZERO if padding is None else padding
    if lengths is not None:
        steps = _check_lengths(lengths, x, where)
        real = np.arange(x.shape[1]) < steps[:, None]
        _check_marker(x, real, value, where)
        x = x.astype(np.float32)  # a copy, to be filled
        x[~real] = value
    _check_rows(x, value)
    return x, value


def real_steps(x: NDArray[Any], padding: float) -> NDArray[np.bool_]:
    """Tell which steps are real, `(rows, time)`."""
    return np.asarray((x != np.float32(padding)).any(axis=-1))


def _check_lengths(given: object, x: NDArray[Any], where: str) -> NDArray[np.int64]:
    lengths = np.asarray(given)
    if lengths.shape not in ((len(x),), (len(x), 1)) or lengths.dtype.kind not in "iu":
        raise DataError(
            f"{len(x)} sequences need as many lengths, whole numbers of steps; this is "
            f"{list(lengths.shape)} of {lengths.dtype}.",
            where,
        )
    lengths = lengths.reshape(len(x)).astype(np.int64)
    wrong = np.flatnonzero((lengths < 1) | (lengths > x.shape[1]))
    if len(wrong):
        raise DataError(
            f"row {wrong[0]} has the length {lengths[wrong[0]]}; expected is 1 to {x.shape[1]}, "
            f"the steps of x ({len(wrong)} such rows).",
            where,
        )
    return lengths


def _check_marker(x: NDArray[Any], real: NDArray[np.bool_], value: float, where: str) -> None:
    for start, chunk in _chunks(x):
        lost = np.argwhere(real[start : start + len(chunk)] & ~real_steps(chunk, value))
        if len(lost):
            row, step = lost[0]
            raise DataError(
                f"step {step} of row {start + row} is within its length and holds {value:g} alone, "
                "the number that marks padding.",
                where,
                "Name a number that no real step holds: data.padding, for instance -1000.",
            )


def _check_rows(x: NDArray[Any], value: float) -> None:
    for start, chunk in _chunks(x):
        empty = np.flatnonzero(~real_steps(chunk, value).any(axis=1))
        if len(empty):
            raise DataError(
                f"row {start + empty[0]} is padding alone: every step holds {value:g}.",
                "x",
                "Leave such rows out, or name another number: data.padding.",
            )


def _chunks(x: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    rows = max(1, CHUNK * len(x) // max(1, x.size))
    for start in range(0, len(x), rows):
        yield start, np.asarray(x[start : start + rows])
