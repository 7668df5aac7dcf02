"""Planning what new trials take from earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from archivolt.plugins.failures import attributed
from archivolt.values.trial import TRANSFER, Trial

if TYPE_CHECKING:
    from archivolt.components.transfer import Transfer
    from archivolt.plugins.codec import Codec
    from archivolt.values.history import History


@frozen
class Transferring:
    """The transfer strategies of a run, and how their plans are written down."""

    strategies: tuple[Transfer, ...]
    codec: Codec

    def plan(self, trial: Trial, history: History) -> Trial:
        """Return a new trial with its plans in the memo.

        Each with its strategy as it is configured now: a worker needs nothing else, and a replay
        does the same after the configuration has changed.

        Raises:
            SearchError: a strategy failed.
        """
        plans = []
        for strategy in self.strategies:
            with attributed("transfer", strategy):
                plan = strategy.plan(trial, history)
            plans.append({"strategy": self.codec.encode(strategy), "plan": self.codec.encode(plan)})
        return evolve(trial, memo={**trial.memo, TRANSFER: plans}) if plans else trial
