"""A prior: a trained candidate, frozen, beside which another one is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge, in_
from numpy.typing import NDArray

from archivolt.values.logits import predictions_of
from archivolt.values.problem import Task

MEAN = "mean"  # of what prior and tower predict, every tower counting the same
SUM = "sum"  # of their logits; the tower is trained on the loss of the sum

Array = NDArray[Any]


@frozen
class Prior:
    """What stands beside a trial, trained and frozen; plain data.

    A trial with a prior trains a tower: a network of its own. What is scored, stored, delivered
    and counted in its parameters is the whole, tower and prior together. So the prior of a later
    trial is a trial again, whose own prior is inside. This is the adaptive and the residual
    ensembling of Model Search (Mazzawi and Gonzalvo, 2021), in which the best model so far is
    frozen; the latter is boosting (Friedman, 2001) whose learners are found by the search.
    """

    trial: int = field(validator=ge(0))  # its number
    epochs: int = field(validator=ge(0))  # for which it had been trained when it was frozen
    towers: int = field(default=1, validator=ge(1))  # in it, its own one included
    rule: str = field(default=MEAN, validator=in_((MEAN, SUM)))
    parameters: int = field(default=0, validator=ge(0))
    flops: int = field(default=0, validator=ge(0))  # forward, one example

    @property
    def shares(self) -> tuple[float, float]:
        """Weights of the prior and of the tower in the mean."""
        return self.towers / (self.towers + 1), 1 / (self.towers + 1)

    def join(self, task: Task, prior: Array, tower: Array) -> Array:
        """Predict as the whole.

        Args:
            task: What is predicted.
            prior: Logits of the prior, `(rows, outputs)`.
            tower: Logits of the tower, the same shape.

        Returns:
            Probabilities, or standardised values; `(rows, outputs)` float32.
        """
        if self.rule == SUM:
            return predictions_of(task, np.asarray(prior) + np.asarray(tower))
        first, second = self.shares
        joined = first * predictions_of(task, prior) + second * predictions_of(task, tower)
        return np.asarray(joined, np.float32)
