"""Successive halving without waiting: most trials are cut short, the best are trained further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt.components.strategies import Decision
from archivolt_searchers.capped import Capped
from archivolt_searchers.rungs import Rungs, Standings

if TYPE_CHECKING:
    from archivolt.values.history import History


@frozen
class Asha(Capped):
    """Successive halving, asynchronous: train briefly, promote the best (Li et al., 2020).

    Algorithm 2 of "A System for Massively Parallel Hyperparameter Tuning" (ASHA), where a trial
    that cannot be promoted gives way to a new one, so no worker waits for a rung to fill. Rungs
    are shares of a trial's own schedule: of schedules of different length those that have cooled
    as far are compared. A promoted trial goes on from its weights.
    """

    name = "asha"
    reduction_factor: int = field(default=2, validator=ge(2))  # one of so many goes on
    min_share: float = field(default=0.25, validator=and_(gt(0.0), le(1.0)))  # first rung
    min_epochs: int = field(default=1, validator=ge(1))  # at the first rung

    def next(self, history: History) -> Decision:
        return self._standings(history).promotion() or self._rungs.start

    def waiting(self, history: History) -> Sequence[int]:
        return tuple(self._standings(history).waiting())

    @property
    def _rungs(self) -> Rungs:
        return Rungs(self.min_share, self.reduction_factor, self.min_epochs)

    def _standings(self, history: History) -> Standings:
        return history.derived(self, lambda: Standings(self._rungs, history.maximize))
