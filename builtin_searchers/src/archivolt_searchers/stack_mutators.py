"""Mutators of the stack: which blocks there are, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.components.strategies import Mutator

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.candidate import Candidate
    from archivolt.values.space import SearchSpace

ATTEMPTS = 4  # places and blocks tried before a mutator says that it does not apply


@frozen
class Insert(Mutator):
    """Put a new block anywhere into the stack."""

    name = "insert"
    grows = True

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        if len(body) >= space.depths[1]:
            return None
        for _ in range(ATTEMPTS):
            at = int(rng.integers(len(body) + 1))
            block = space.draw_block(kind_before(space, body, at), kind_after(space, body, at), rng)
            if block is None:
                continue
            child = space.with_body(candidate, (*body[:at], block, *body[at:]))
            if child is not None:
                return child
        return None


@frozen
class Replace(Mutator):
    """Put a new block in the place of another."""

    name = "replace"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        for _ in range(ATTEMPTS if body else 0):
            at = int(rng.integers(len(body)))
            block = space.draw_block(
                kind_before(space, body, at), kind_after(space, body, at + 1), rng
            )
            if block is None or block == body[at]:
                continue
            child = space.with_body(candidate, (*body[:at], block, *body[at + 1 :]))
            if child is not None:
                return child
        return None


@frozen
class Delete(Mutator):
    """Take a block out of the stack."""

    name = "delete"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        if len(body) <= space.depths[0]:
            return None
        for at in rng.permutation(len(body)):
            child = space.with_body(candidate, (*body[:at], *body[at + 1 :]))
            if child is not None:
                return child
        return None


@frozen
class Swap(Mutator):
    """Exchange two blocks of the stack."""

    name = "swap"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        for _ in range(ATTEMPTS if len(body) > 1 else 0):
            one, other = sorted(map(int, rng.choice(len(body), size=2, replace=False)))
            swapped = list(body)
            swapped[one], swapped[other] = body[other], body[one]
            if tuple(swapped) == body:
                continue
            child = space.with_body(candidate, swapped)
            if child is not None:
                return child
        return None


def kind_before(space: SearchSpace, body: Sequence[Block], at: int) -> str:
    return body[at - 1].writes if at else space.features.kind


def kind_after(space: SearchSpace, body: Sequence[Block], at: int) -> str:
    return body[at].reads if at < len(body) else space.ends
