"""Raw features as tensors: what the front end, and the delivered model, are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.source import Input
from archivolt.errors import DataError, nearest

BYTES_A_BATCH = 1 << 25  # of raw features: large enough for speed, small beside any memory
MOST_ROWS = 8192


def check_inputs(features: Mapping[str, NDArray[Any]], inputs: Sequence[Input]) -> None:
    """Check that every input is there; further features do no harm.

    Raises:
        DataError: one is missing, or has another number of rows.
    """
    rows = {len(array) for array in features.values()}
    if len(rows) > 1:
        raise DataError(f"features disagree on the number of rows: {sorted(rows)}.")
    for each in inputs:
        if each.name not in features:
            hint = nearest(each.name, tuple(features))
            raise DataError(f"the input {each.name!r} is missing.", hint=hint)


def batches(
    features: Mapping[str, NDArray[Any]],
    inputs: Sequence[Input],
    rows: NDArray[Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of raw features in order, as tensors by input name."""
    check_inputs(features, inputs)
    total = len(features[inputs[0].name]) if rows is None else len(rows)
    size = batch_rows(inputs)
    for start in range(0, total, size):
        stop = min(start + size, total)
        # A slice of a memory-mapped array is read now; all of it never is at once.
        part: Any = slice(start, stop) if rows is None else rows[start:stop]
        yield {each.name: as_tensor(features[each.name][part], each) for each in inputs}


def batch_rows(inputs: Sequence[Input]) -> int:
    """Return how many rows to take at a time."""
    numbers = sum(prod(length or 256 for length in each.shape) for each in inputs)
    return max(16, min(MOST_ROWS, BYTES_A_BATCH // (4 * max(1, numbers))))


def as_tensor(values: NDArray[Any], wanted: Input) -> Any:
    """Convert one input's values.

    Raises:
        DataError: they are no numbers where numbers are needed.
    """
    import tensorflow as tf

    array = np.asarray(values)
    if wanted.dtype == "string":
        return tf.constant([_text(each) for each in array.reshape(-1)], shape=array.shape)
    try:
        return tf.constant(array.astype(wanted.dtype))
    except (TypeError, ValueError) as cause:
        raise DataError(f"not all values are numbers: {cause}.", where=wanted.name) from cause


def _text(value: Any) -> str | bytes:
    if isinstance(value, (str, bytes)):
        return value
    return "" if value is None or value != value else str(value)
