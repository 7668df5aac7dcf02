"""Hyperband without waiting: successive halving from several first rungs in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt.components.strategies import Decision, Promote
from archivolt_searchers.capped import Capped
from archivolt_searchers.rungs import Rungs, Standings

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.trial import Trial


@frozen
class Hyperband(Capped):
    """Successive halving that hedges how early to judge, asynchronous (Li et al., 2018).

    The brackets of algorithm 1 of "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
    Optimization": the first begins at `min_share` of a schedule, each further one a
    `reduction_factor` higher, the last trains in full. New trials go to the brackets in turn, to
    each so many as there, which gives all about the same epochs; within a bracket they are
    promoted as by `asha` (Li et al., 2020).
    """

    name = "hyperband"
    reduction_factor: int = field(default=2, validator=ge(2))  # one of so many goes on
    min_share: float = field(default=0.25, validator=and_(gt(0.0), le(1.0)))  # first bracket
    min_epochs: int = field(default=1, validator=ge(1))  # at any first rung

    def next(self, history: History) -> Decision:
        standings = self._standings(history)
        return standings.promotion() or self.brackets()[standings.bracket_of(len(history))].start

    def waiting(self, history: History) -> Sequence[int]:
        return tuple(self._standings(history).waiting())

    def _standings(self, history: History) -> BracketStandings:
        return history.derived(
            self, lambda: BracketStandings(self.brackets(), self.turns(), history.maximize)
        )

    def brackets(self) -> tuple[Rungs, ...]:
        """Return the rungs of each bracket, that which begins lowest first."""
        shares = Rungs(self.min_share, self.reduction_factor).shares
        return tuple(Rungs(share, self.reduction_factor, self.min_epochs) for share in shares)

    def turns(self) -> tuple[int, ...]:
        """Return how many new trials in a row go to each bracket.

        ceil((s_max + 1) / (s + 1) * reduction_factor ** s) where s rungs follow the first one.
        """
        count = len(self.brackets())
        return tuple(
            ceil(count / (after + 1) * self.reduction_factor**after)
            for after in reversed(range(count))
        )


class BracketStandings:
    """The standings of each bracket, as one index.

    Args:
        brackets: Their rungs.
        turns: New trials in a row for each.
        maximize: Whether a larger score is better.
    """

    def __init__(self, brackets: tuple[Rungs, ...], turns: tuple[int, ...], maximize: bool) -> None:
        self._standings = [Standings(rungs, maximize) for rungs in brackets]
        self._order = [bracket for bracket, turn in enumerate(turns) for _ in range(turn)]

    def bracket_of(self, number: int) -> int:
        """Return the bracket of a trial: it follows from its number alone."""
        return self._order[number % len(self._order)]

    def change(self, before: Trial | None, after: Trial) -> None:
        self._standings[self.bracket_of(after.number)].change(before, after)

    def waiting(self) -> Iterator[int]:
        return (number for each in self._standings for number in each.waiting())

    def promotion(self) -> Promote | None:
        found = (each.promotion() for each in self._standings)
        return next((each for each in found if each is not None), None)
