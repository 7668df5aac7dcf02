"""Rewire: let a block read another of the earlier outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from archivolt.components.strategies import Mutator
from archivolt.values.candidate import Candidate

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.values.space import SearchSpace

ATTEMPTS = 8  # wires and ends tried before the mutator says that it does not apply


@frozen
class Rewire(Mutator):
    """Let a block read another of the earlier outputs.

    The change of an input in a cell (Real et al., 2019, the hidden state mutation), for any block
    that names the fields which hold its connections in `Block.wires`. Everything else stays.
    """

    name = "rewire"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        wires = [
            (at, name, choice.domains[name])
            for at, block in enumerate(body)
            if block.wires and (choice := space.choice_of(block)) is not None
            for name in block.wires
            if name in choice.domains and name not in block.unused()
        ]
        for _ in range(ATTEMPTS if wires else 0):
            at, name, domain = wires[int(rng.integers(len(wires)))]
            end = domain.neighbour(getattr(body[at], name), rng)
            changed = evolve(body[at], **{name: end})  # type: ignore[misc]  # attrs, all
            if changed == body[at]:
                continue
            child = space.with_body(candidate, (*body[:at], changed, *body[at + 1 :]))
            if child is not None:
                return child
        return None
