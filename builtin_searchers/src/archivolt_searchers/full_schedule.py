"""The plain scheduler: every trial is trained to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge, optional

from archivolt.components.strategies import Decision, New, Scheduler

if TYPE_CHECKING:
    from archivolt.values.history import History


@frozen
class Full(Scheduler):
    """Give every trial the whole schedule of its recipe."""

    name = "full"
    max_epochs: int | None = field(default=None, validator=optional(ge(1)))  # None: no cap

    def next(self, history: History) -> Decision:
        return New(self.max_epochs)
