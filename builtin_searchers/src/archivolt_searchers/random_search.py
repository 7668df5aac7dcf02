"""Random search: the baseline that every other strategy must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.components.strategies import Proposal, Searcher
from archivolt.errors import ExhaustedError

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace

ATTEMPTS = 1000  # draws before the space counts as exhausted


@frozen
class Random(Searcher):
    """Draw every candidate afresh from the space (Bergstra and Bengio, 2012)."""

    name = "random"

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        return draw_new(history, space, rng)


def draw_new(
    history: History, space: SearchSpace, rng: Generator, attempts: int = ATTEMPTS
) -> Proposal:
    """Draw a candidate that the history does not hold.

    Raises:
        ExhaustedError: every draw was there already.
        SpaceError: no candidate fits the limits.
    """
    for _ in range(attempts):
        candidate = space.sample(rng)
        if not history.holds(candidate):
            return Proposal(candidate)
    raise ExhaustedError(trials=len(history), attempts=attempts)
