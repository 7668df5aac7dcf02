"""Ensemblers: what combines trained candidates into one model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from archivolt.components.base import Component

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.ensemble import Ensemble
    from archivolt.values.footprint import Limits
    from archivolt.values.problem import Metric, Task
    from archivolt.values.trial import Trial

Array = NDArray[Any]


@frozen(eq=False)
class Pool:
    """What trained candidates predict on the validation rows, beside the labels."""

    task: Task
    metric: Metric
    trials: tuple[Trial, ...]  # in the order of choice, the best first
    predictions: Array  # probabilities, or standardised values; `(trials, rows, outputs)`
    # Class indices `(rows,)`; 0 or 1 `(rows, labels)`; standardised values. Of several tasks a
    # column each, NaN where a row has no label.
    labels: Array
    score: Callable[[Array], Mapping[str, float]]  # `(rows, outputs)` to every metric of the task
    weights: Array | None = None  # of the rows in the metrics, `(rows,)`
    loss_weights: Array | None = None  # of the rows in the loss, class weights included, `(rows,)`
    limits: Limits | None = field(default=None)  # for all members together

    @property
    def rows(self) -> int:
        return int(self.predictions.shape[1])

    def fits(self, members: Iterable[int]) -> bool:
        """Tell whether the members at these positions keep within the limits together."""
        if self.limits is None:
            return True
        chosen = [self.trials[int(position)] for position in set(members)]
        return not self.limits.broken_by(
            sum(trial.parameters or 0 for trial in chosen),
            sum(trial.flops or 0 for trial in chosen),
        )

    def take(self, members: Iterable[int]) -> Pool:
        """Return the pool of the members at these positions alone, in their order."""
        chosen = [int(position) for position in members]
        return evolve(
            self,
            trials=tuple(self.trials[position] for position in chosen),
            predictions=self.predictions[np.asarray(chosen, np.intp)],
        )


class Ensembler(Component):
    """Combines trained candidates into one model.

    It works on what they predicted on the validation rows, so a choice among hundreds costs no
    training.
    """

    __slots__ = ()

    def combine(self, pool: Pool, rng: Generator) -> Ensemble:
        """Choose members and weights: a function of the arguments alone.

        Args:
            pool: At least one member, and the limits that all members keep within together.
            rng: Drives every random choice.
        """
        raise NotImplementedError
