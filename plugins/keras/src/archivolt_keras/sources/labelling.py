"""The labels and weights of arrays: one a row, or one for each step of a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from archivolt.components.source import Input
from archivolt_keras.sources.checks import check_labels, check_weights, is_one_hot
from archivolt_keras.sources.step_labels import (
    check_step_labels,
    is_one_hot_by_step,
    read_steps,
    step_weights,
)

Array = NDArray[Any]


@frozen(eq=False)
class Labelled:
    """Labels as they were read, and what they count."""

    labels: Array  # `(rows,)` or `(rows, targets)`; per step with an axis of time after the rows
    weights: Array | None = None  # of the rows, `(rows,)`; of the steps, `(rows, time)`
    steps: Array | None = None  # which are real, `(rows, time)`, where labels are per step
    one_hot: bool = False  # whether a single 1 among 0s tells the class

    @classmethod
    def read(
        cls, x: Array, given: Input, y: object, weights: object = None, names: tuple[str, ...] = ()
    ) -> Labelled:
        """Check the labels and weights of features.

        Args:
            x: Features, `(rows, …)`.
            given: What they are; it says whether labels are per step.
            y: Labels.
            weights: Of rows, or of steps; None: none.
            names: What to call features and labels; `x` and `y` by default.

        Raises:
            DataError: they cannot be used.
        """
        of, where = names or ("x", "y")
        if not given.per_step:
            labels = check_labels(y, len(x), where, of)
            weighed = None if weights is None else check_weights(weights, len(x))
            return cls(labels, weighed, one_hot=is_one_hot(labels))
        steps = read_steps(x, given.padding)
        counted = step_weights(weights, steps)
        labels = check_step_labels(y, counted, where)
        return cls(labels, counted, steps, is_one_hot_by_step(labels, counted))

    def as_indices(self) -> Labelled:
        """Return the number of the class in place of the single 1."""
        return evolve(self, labels=self.labels.argmax(axis=-1), one_hot=False)

    @property
    def of_one(self) -> tuple[int, ...]:
        """Shape of the label of one row, or of one step."""
        return tuple(np.shape(self.labels)[1 if self.steps is None else 2 :])

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(f"y{at}" for at in range(self.of_one[0])) if self.of_one else ("y",)
