"""The steps of sequences that have labels, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Array = NDArray[Any]


@frozen(eq=False)
class Steps:
    """Which steps count: those that are real and have a label."""

    counted: NDArray[np.bool_]  # `(rows, time)`

    @classmethod
    def of(cls, weights: Array) -> Steps:
        """Read them off the weights of the steps, `(rows, time)`: what weighs nothing is left out.

        Where nothing weighs anything, every step counts.
        """
        counted = np.asarray(weights) > 0
        return cls(counted if counted.any() else np.ones_like(counted))

    @property
    def sequences(self) -> NDArray[np.intp]:
        """The row of each step that counts, `(steps,)`."""
        return np.nonzero(self.counted)[0]

    def take(self, array: Array) -> Array:
        """Return what belongs to the steps that count, `(rows, time, …)` to `(steps, …)`."""
        return np.asarray(array)[self.counted]
