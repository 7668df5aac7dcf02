"""Labels per step: whether the labels of sequences are, and which steps they count for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.errors import DataError
from archivolt.values.features import SEQUENCE
from archivolt_keras.sources.checks import as_array, check_finite, is_missing, is_one_hot
from archivolt_keras.sources.padding import real_steps


def are_per_step(
    x: NDArray[Any], y: object, kind: str, asked: bool | None, notes: list[str]
) -> bool:
    """Tell whether each step of the sequences has a label; where that is a guess, it is noted.

    Args:
        x: Features, `(rows, …)`.
        y: Labels, of any shape; a mapping of several targets, which are all alike.
        kind: Of the features.
        asked: What the user said; None: guessed from the shapes.
        notes: Where a guess is told.

    Raises:
        DataError: labels per step are asked for, and these are none.
    """
    labels = as_array(next(iter(y.values()), ()) if isinstance(y, Mapping) else y)
    fits = kind == SEQUENCE and labels.ndim in (2, 3) and labels.shape[:2] == x.shape[:2]
    if asked is None:
        if not fits or (labels.ndim == 2 and (x.shape[1] == 1 or is_one_hot(labels))):
            return False
        notes.append(
            f"y has a label for each of the {x.shape[1]} steps of a sequence. "
            "per_step: false reads them as labels of the whole sequence."
        )
        return True
    if asked and not fits:
        what = f"{kind} features" if kind != SEQUENCE else f"sequences of {x.shape[1]} steps"
        raise DataError(
            f"labels per step are (rows, time), as x is; x has {what} of the shape "
            f"{list(x.shape)}, and y the shape {list(labels.shape)}.",
            "y",
            "kind: sequence reads (rows, time, features) as sequences; per_step: false reads one "
            "label a row.",
        )
    return asked


def read_steps(x: NDArray[Any], padding: float | None) -> NDArray[np.bool_]:
    """Tell which steps are real, `(rows, time)`."""
    return np.ones(x.shape[:2], bool) if padding is None else real_steps(x, padding)


def step_weights(
    given: object, steps: NDArray[np.bool_], where: str = "weights"
) -> NDArray[np.float32]:
    """Return weights of steps, `(rows, time)`: 0 where a step is padding.

    Args:
        given: Weights of rows, `(rows,)`, or of steps, `(rows, time)`; None: 1.
        steps: Which are real, `(rows, time)`.
        where: What to call the weights.

    Raises:
        DataError: they have another shape, are negative or not finite, or all 0.
    """
    if given is None:
        return steps.astype(np.float32)
    weights = as_array(given)
    if weights.shape not in (steps.shape, steps.shape[:1], (*steps.shape[:1], 1)):
        raise DataError(
            f"{steps.shape[0]} sequences of {steps.shape[1]} steps need a weight a row or a step, "
            f"not {list(weights.shape)}.",
            where,
        )
    if weights.dtype.kind not in "biuf":
        raise DataError(f"weights are numbers, not {weights.dtype}.", where)
    check_finite(weights, where)
    if (weights < 0).any():
        row = int(np.argwhere(weights < 0)[0][0])
        raise DataError(f"a weight of row {row} is negative.", where)
    weighed = np.asarray(steps * weights.reshape(len(weights), -1), np.float32)
    if not weighed.any():
        raise DataError("every weight is 0.", where)
    return weighed


def check_step_labels(
    given: object, weights: NDArray[np.float32], where: str = "y"
) -> NDArray[Any]:
    """Return labels of steps, `(rows, time)` or `(rows, time, targets)`.

    What stands where a step weighs nothing is not looked at.

    Raises:
        DataError: a step that counts has no label, or one that cannot be used.
    """
    y = as_array(given)
    if y.shape[:2] != weights.shape or y.ndim > 3:
        raise DataError(
            f"the sequences are {weights.shape[0]} of {weights.shape[1]} steps, and the labels "
            f"have the shape {list(y.shape)}.",
            where,
            "Each step needs its label; what stands in padded steps does not count.",
        )
    if y.ndim == 3 and y.shape[2] == 1:
        y = y[:, :, 0]
    if y.dtype.kind not in "biufUSO":
        raise DataError(f"labels of the type {y.dtype} are not known.", where)
    _check_present(y, weights > 0, where)
    return y


def is_one_hot_by_step(y: NDArray[Any], weights: NDArray[np.float32]) -> bool:
    """Tell whether each step that counts has a single 1 and otherwise 0."""
    return y.ndim == 3 and is_one_hot(y[weights > 0])


def _check_present(y: NDArray[Any], counted: NDArray[np.bool_], where: str) -> None:
    if y.dtype.kind == "f":
        gaps = ~np.isfinite(y)
    elif y.dtype == object:
        gaps = np.vectorize(is_missing, otypes=[bool])(y)
    else:
        return
    gaps = gaps.reshape(*counted.shape, -1).any(axis=-1) & counted
    if gaps.any():
        row, step = np.argwhere(gaps)[0]
        raise DataError(
            f"the label of step {step} in row {row} is missing or not finite "
            f"({int(gaps.sum())} such steps).",
            where,
            "A step without a label takes a weight of 0: weights may be (rows, time).",
        )
