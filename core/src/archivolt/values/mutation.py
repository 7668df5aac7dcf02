"""Which mutator changes a candidate, and what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.values.candidate import Candidate

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.strategies import Mutator
    from archivolt.values.space import SearchSpace

    Weighted = Sequence[tuple[Mutator, float]]


@frozen
class Mutation:
    """A child in the space, and the mutator that made it."""

    candidate: Candidate
    mutator: str


def able_mutators(mutators: Weighted, growing: bool | None, crossing: bool) -> Weighted:
    """Return the mutators that may be drawn.

    Args:
        mutators: All of the space, with their weights.
        growing: Only those that make the network deeper, or only others; None: all.
        crossing: Whether there is a second parent for those that need one.
    """
    return [
        (mutator, weight)
        for mutator, weight in mutators
        if weight > 0
        and (growing is None or mutator.grows == growing)
        and (crossing or not mutator.crosses)
    ]


def draw_mutator(able: Weighted, rng: Generator) -> Mutator:
    """Draw one of the mutators, one at least, by their weights."""
    mark = float(rng.random()) * sum(weight for _, weight in able)
    for mutator, weight in able:
        mark -= weight
        if mark < 0:
            return mutator
    return able[-1][0]


def child_of(
    mutator: Mutator,
    candidate: Candidate,
    mates: Sequence[Candidate],
    space: SearchSpace,
    rng: Generator,
) -> Candidate | None:
    """Let a mutator change a candidate, with one of the second parents where it crosses."""
    if mutator.crosses:
        mate = mates[int(rng.integers(len(mates)))]
        return mutator.cross(candidate, mate, space, rng)
    return mutator.mutate(candidate, space, rng)
