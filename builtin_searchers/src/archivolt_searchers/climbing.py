"""Climbing over neighbours: from good candidates to the one that promises most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.components.strategies import Proposal
from archivolt.values.mutation import Mutation, able_mutators, child_of, draw_mutator
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.history import History
    from archivolt.values.mutation import Weighted
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

    Judge = Callable[[Sequence[Candidate]], NDArray[np.float64]]  # more is better

FIRST = 6  # children of each parent
STEPS = 3
KEPT = 3  # most promising candidates that have children in a step
CHILDREN = 5  # of each of them
ATTEMPTS = 3  # mutations tried for one child
AND = "+"  # between the names of changes


@frozen
class Met:
    """A candidate that is not in the history, and where it came from."""

    candidate: Candidate
    parent: Trial | None
    mutators: tuple[str, ...]  # the changes that led to it, first to last

    def proposal(self) -> Proposal:
        if self.parent is None:
            return Proposal(self.candidate)
        return Proposal(self.candidate, self.parent.number, AND.join(self.mutators))


@frozen
class Judged:
    """What a candidate promises."""

    loss: float  # minus what it promises
    place: int  # in the order of their discovery: of equal ones the first comes first
    met: Met


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

    Returns:
        The proposal; as its mutator the names of all the changes from its parent, joined by `+`.

    Raises:
        ExhaustedError: nothing new was found, by chance neither.
    """
    able = _climbing(space)
    seen: set[Candidate] = set()
    found: list[Judged] = []

    def is_new(candidate: Candidate) -> bool:
        return candidate not in seen and not history.holds(candidate)

    def look_at(met: Sequence[Met]) -> None:
        if met:
            promises = judge([each.candidate for each in met])
            for promise, each in zip(promises, met, strict=True):
                found.append(Judged(-float(promise), len(found), each))
            found.sort(key=lambda each: (each.loss, each.place))

    def children(origins: Sequence[Met], count: int) -> list[Met]:
        met = []
        for origin in origins:
            for _ in range(count):
                made = _changed(origin.candidate, able, is_new, space, rng)
                if made is not None:
                    seen.add(made.candidate)
                    mutators = (*origin.mutators, made.mutator)
                    met.append(Met(made.candidate, origin.parent, mutators))
        return met

    first = children([Met(trial.candidate, trial, ()) for trial in parents], FIRST)
    for _ in range(fresh):
        candidate = space.sample(rng)
        if is_new(candidate):
            seen.add(candidate)
            first.append(Met(candidate, None, ()))
    look_at(first)
    for _ in range(STEPS):
        look_at(children([each.met for each in found[:KEPT]], CHILDREN))
    for each in found:
        # Two candidates that differ in a field without meaning have one fingerprint.
        if history.find(each.met.candidate.fingerprint) is None:
            return each.met.proposal()
    return draw_new(history, space, rng)


def _climbing(space: SearchSpace) -> Weighted:
    """Return the mutators of a space by which to climb.

    Those that keep what the parent computes are left out, where there are others: after several
    changes nothing of that is left, and to find such a change takes ten times as long.
    """
    able = able_mutators(space.mutators, growing=None, crossing=False)
    return [each for each in able if not each[0].preserves] or able


def _changed(
    candidate: Candidate,
    able: Weighted,
    accept: Callable[[Candidate], bool],
    space: SearchSpace,
    rng: Generator,
) -> Mutation | None:
    for _ in range(ATTEMPTS if able else 0):
        mutator = draw_mutator(able, rng)
        child = child_of(mutator, candidate, (), space, rng)
        if child is not None and child != candidate and accept(child) and child in space:
            return Mutation(child, mutator.name)
    return None
