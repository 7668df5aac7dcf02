"""The labels and weights of arrays: one a row, or one for each step of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from archivolt.components.source import Input
from archivolt.errors import DataError, nearest
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
    names: tuple[str, ...] = ()  # of several targets, each a task of its own

    @classmethod
    def read(
        cls,
        x: Array,
        given: Input,
        y: object,
        weights: object = None,
        names: tuple[str, ...] = (),
        gaps: bool = False,
    ) -> Labelled:
        """Check the labels and weights of features.

        Args:
            x: Features, `(rows, …)`.
            given: What they are; it says whether labels are per step.
            y: Labels; a mapping by name of several targets.
            weights: Of rows, or of steps; None: none.
            names: What to call features and labels; `x` and `y` by default.
            gaps: Whether rows may lack the label; of several targets they may.

        Raises:
            DataError: they cannot be used.
        """
        of, where = names or ("x", "y")
        if isinstance(y, Mapping):
            columns = {
                str(name): cls._of_target(
                    x, given, each, weights, (of, f"{where}, {name!r}"), len(y) > 1
                )
                for name, each in y.items()
            }
            return cls._beside(columns, where)
        if not given.per_step:
            labels = check_labels(y, len(x), where, of, gaps)
            weighed = None if weights is None else check_weights(weights, len(x))
            return cls(labels, weighed, one_hot=is_one_hot(labels))
        steps = read_steps(x, given.padding)
        counted = step_weights(weights, steps)
        labels = check_step_labels(y, counted, where)
        return cls(labels, counted, steps, is_one_hot_by_step(labels, counted))

    @classmethod
    def _of_target(
        cls, x: Array, given: Input, y: object, weights: object, names: tuple[str, str], gaps: bool
    ) -> Labelled:
        labelled = cls.read(x, given, y, weights, names, gaps)
        labelled = labelled.as_indices() if labelled.one_hot else labelled
        if labelled.of_one:
            raise DataError(
                f"{labelled.of_one[0]} numbers a row, where each of several targets is one label.",
                names[1],
                "Give each number a name of its own.",
            )
        return labelled

    @classmethod
    def _beside(cls, columns: Mapping[str, Labelled], where: str) -> Labelled:
        if not columns:
            raise DataError("no target is named.", where)
        every = list(columns.values())
        names = tuple(columns)
        if len(every) == 1:
            return evolve(every[0], names=names)
        alike = len({each.labels.dtype for each in every}) == 1
        labels = [each.labels if alike else each.labels.astype(object) for each in every]
        return evolve(every[0], labels=np.stack(labels, axis=-1), names=names)

    @property
    def several(self) -> bool:
        """Whether each target is a task of its own."""
        return len(self.names) > 1

    def as_indices(self) -> Labelled:
        """Return the number of the class in place of the single 1."""
        return evolve(self, labels=self.labels.argmax(axis=-1), one_hot=False)

    @property
    def of_one(self) -> tuple[int, ...]:
        """Shape of the label of one row, or of one step."""
        return tuple(np.shape(self.labels)[1 if self.steps is None else 2 :])

    @property
    def targets(self) -> tuple[str, ...]:
        if self.names:
            return self.names
        return tuple(f"y{at}" for at in range(self.of_one[0])) if self.of_one else ("y",)


def of_targets(y: object, targets: Sequence[str], where: str) -> object:
    """Return labels of new rows in the order of the targets, where they are a mapping.

    Raises:
        DataError: one of the targets is missing.
    """
    if not isinstance(y, Mapping):
        return y
    for name in targets:
        if name not in y:
            raise DataError(
                f"there are no labels of the target {name!r}.", where, nearest(name, tuple(y))
            )
    return {name: y[name] for name in targets}
