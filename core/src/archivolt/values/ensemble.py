"""An ensemble: whose predictions are combined, and how; plain data that travels as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import gt
from numpy.typing import NDArray

from archivolt.values.logits import logits_of, predictions_of
from archivolt.values.problem import Task

Array = NDArray[Any]


def _rows(kernel: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in kernel)


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(map(int, values))


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(map(float, values))


@frozen
class Ensemble:
    """Trained candidates put together.

    Without a `kernel` it is the weighted mean of what the members predict (probabilities; values
    for regression). With one it is a linear layer on the members' logits, side by side: stacking.
    The logits of the whole are divided by `temperature` at the end.
    """

    members: tuple[int, ...] = field(converter=_ints)  # numbers of trials, each once
    weights: tuple[float, ...] = field(converter=_floats)  # of the members, summing to 1
    kernel: tuple[tuple[float, ...], ...] = field(default=(), converter=_rows)
    # `(members * outputs, outputs)`
    bias: tuple[float, ...] = field(default=(), converter=_floats)  # `(outputs,)`, with a kernel
    temperature: float = field(default=1.0, validator=gt(0.0))  # above 1 makes it less certain

    @members.validator
    def _check_members(self, _: object, members: tuple[int, ...]) -> None:
        if not members:
            raise ValueError("an ensemble has at least one member")
        if len(set(members)) != len(members):
            raise ValueError(f"a trial stands in the ensemble twice: {list(members)}")

    @weights.validator
    def _check_weights(self, _: object, weights: tuple[float, ...]) -> None:
        if len(weights) != len(self.members):
            raise ValueError(f"{len(weights)} weights for {len(self.members)} members")
        if min(weights) < 0 or abs(sum(weights) - 1) > 1e-6:
            raise ValueError(f"weights are 0 or more and sum to 1, unlike {list(weights)}")

    def predict(self, task: Task, predictions: Array) -> Array:
        """Combine what the members predict.

        Args:
            task: What is predicted.
            predictions: Probabilities (standardised values for regression) of each member, in
                the order of `members`, `(members, rows, outputs)`; there may be an axis of time
                after the rows.

        Returns:
            `(rows, outputs)`, float32, alike.
        """
        if self.kernel:
            beside = np.moveaxis(logits_of(task, predictions), 0, -2)  # (…, members, outputs)
            logits = beside.reshape(*beside.shape[:-2], -1) @ np.asarray(self.kernel)
            return predictions_of(task, (logits + np.asarray(self.bias)) / self.temperature)
        mean = np.tensordot(np.asarray(self.weights), np.asarray(predictions, np.float64), axes=1)
        if self.temperature == 1.0:
            return np.asarray(mean, np.float32)
        return predictions_of(task, logits_of(task, mean) / self.temperature)
