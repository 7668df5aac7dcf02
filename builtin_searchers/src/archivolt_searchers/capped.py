"""What the schedulers share: a cap on the length of every schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge, optional

from archivolt.components.strategies import Scheduler

if TYPE_CHECKING:
    from archivolt.values.candidate import Candidate


@frozen
class Capped(Scheduler):
    """A scheduler that lays no schedule over more than `max_epochs`.

    A longer one is laid over that many, so that its learning rate still comes to its end.
    """

    max_epochs: int | None = field(default=None, validator=optional(ge(1)))  # None: no cap

    def schedule(self, candidate: Candidate) -> int:
        whole = candidate.recipe.epochs
        return whole if self.max_epochs is None else min(whole, self.max_epochs)
