"""Crossover: a child of two parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, frozen

from archivolt.components.strategies import Mutator
from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.space import SearchSpace

T = TypeVar("T")
ATTEMPTS = 8  # mixtures tried before the two parents count as having no child


@frozen
class Crossover(Mutator):
    """Mix two parents place by place, and their recipes value by value.

    Uniform crossover (Syswerda, 1989). Places are counted from the input, and the child is as
    deep as its first parent: what lies beyond the second one is the first one's. Where both have
    a block of the same kind, each searched field comes from either of them; otherwise the whole
    block does.
    """

    name = "crossover"
    crosses = True

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> None:
        """One parent alone has nobody to be mixed with."""

    def cross(
        self, candidate: Candidate, other: Candidate, space: SearchSpace, rng: Generator
    ) -> Candidate | None:
        first, second = space.body(candidate.architecture), space.body(other.architecture)
        for _ in range(ATTEMPTS):
            body = [_mixed(*pair, space, rng) for pair in zip(first, second, strict=False)]
            connectors = _mixed_connectors(candidate.architecture, other.architecture, space, rng)
            try:
                child = Candidate(
                    space.assemble((*body, *first[len(body) :]), like=connectors), candidate.recipe
                )
            except SpaceError:
                continue
            recipe = {
                name: getattr(_either(candidate, other, rng).recipe, name)
                for name in space.recipe_domains
            }
            if recipe:
                child = child.with_recipe(**recipe)
            if child not in (candidate, other) and child in space:
                return child
        return None


def _mixed(first: Block, second: Block, space: SearchSpace, rng: Generator) -> Block:
    choice = space.choice_of(first)
    if choice is None or second not in choice:
        return _either(first, second, rng)
    fields = {name: getattr(_either(first, second, rng), name) for name in choice.domains}
    return evolve(first, **fields) if fields else first  # type: ignore[misc]  # attrs, all


def _mixed_connectors(
    first: Sequence[Block], second: Sequence[Block], space: SearchSpace, rng: Generator
) -> list[Block]:
    others = {(each.reads, each.writes): each for each in second if each.connector}
    mine = {(each.reads, each.writes): each for each in first if each.connector}
    return [
        _mixed(each, others.get(ends, each), space, rng) for ends, each in (others | mine).items()
    ]


def _either(first: T, second: T, rng: Generator) -> T:
    return first if rng.random() < 0.5 else second
