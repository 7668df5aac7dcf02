"""Climbing over neighbours: from good candidates to the one that promises most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.components.strategies import Proposal
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

    Judge = Callable[[Sequence[Candidate]], NDArray[np.float64]]  # more is better

FIRST = 6  # children of each parent
STEPS = 3
KEPT = 3  # most promising candidates that have children in a step
CHILDREN = 5  # of each of them
ATTEMPTS = 3  # mutations tried for one child


@frozen
class Found:
    """A candidate that is not in the history, and where it came from."""

    loss: float  # minus what it promises
    place: int  # in the order of their discovery: of equal ones the first comes first
    candidate: Candidate
    parent: Trial | None
    mutator: str | None


def climb(
    parents: Sequence[Trial],
    fresh: int,
    judge: Judge,
    history: History,
    space: SearchSpace,
    rng: Generator,
) -> Proposal:
    """Propose the most promising new candidate that a climb by the space's mutators finds.

    Args:
        parents: Trials whose children it begins with.
        fresh: Random candidates that it begins with too.
        judge: Tells what each of some candidates promises.
        history: What is there already.
        space: Whose mutators and candidates are used.
        rng: Where every choice is drawn from.

    Raises:
        ExhaustedError: nothing new was found, by chance neither.
    """
    met: set[Candidate] = set()
    found: list[Found] = []

    def is_new(candidate: Candidate) -> bool:
        return candidate not in met and not history.holds(candidate)

    def look_at(drawn: Sequence[tuple[Candidate, Trial | None, str | None]]) -> None:
        if drawn:
            promises = judge([candidate for candidate, _, _ in drawn])
            for promise, each in zip(promises, drawn, strict=True):
                found.append(Found(-float(promise), len(found), *each))
            found.sort(key=lambda each: (each.loss, each.place))

    def children(
        origins: Sequence[tuple[Candidate, Trial | None]], count: int
    ) -> list[tuple[Candidate, Trial | None, str | None]]:
        drawn = []
        for candidate, parent in origins:
            for _ in range(count):
                made = space.mutate(candidate, rng, accept=is_new, attempts=ATTEMPTS)
                if made is not None:
                    met.add(made.candidate)
                    drawn.append((made.candidate, parent, made.mutator if parent else None))
        return drawn

    first = children([(trial.candidate, trial) for trial in parents], FIRST)
    for _ in range(fresh):
        candidate = space.sample(rng)
        if is_new(candidate):
            met.add(candidate)
            first.append((candidate, None, None))
    look_at(first)
    for _ in range(STEPS):
        look_at(children([(each.candidate, each.parent) for each in found[:KEPT]], CHILDREN))
    for each in found:
        # Two candidates that differ in a field without meaning have one fingerprint.
        if history.find(each.candidate.fingerprint) is None:
            number = each.parent.number if each.parent is not None else None
            return Proposal(each.candidate, number, each.mutator)
    return draw_new(history, space, rng)
