"""The plain scheduler: every trial is trained to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.components.strategies import Decision, New
from archivolt_searchers.capped import Capped

if TYPE_CHECKING:
    from archivolt.values.history import History


@frozen
class Full(Capped):
    """Give every trial its whole schedule: its recipe's, or `max_epochs` where that is shorter."""

    name = "full"

    def next(self, history: History) -> Decision:
        return New()
