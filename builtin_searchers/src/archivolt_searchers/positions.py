"""Candidates as one-hot rows, block by position, and the way from weights to the best candidate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, field, frozen

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt_searchers.in_use import connectors_in_use
from archivolt_searchers.scales import Levels

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from archivolt.components.block import Block
    from archivolt.values.domain import Domain
    from archivolt.values.space import SearchSpace

    Weights = NDArray[np.float64]

BASE = "base"  # positions are counted from the input
HEAD = "head"  # from the output
ALIGNMENTS = (BASE, HEAD)


@frozen
class _Fields:
    """The columns of one block or connector: itself, and a level of each of its fields."""

    choice: BlockChoice
    itself: int
    fields: dict[str, tuple[int, Levels]]  # the column of the first level, and the levels

    def of(self, block: Block) -> Iterator[int]:
        unused = block.unused()
        yield self.itself
        for name, (first, levels) in self.fields.items():
            if name not in unused:
                yield first + levels.of(getattr(block, name))

    def least(self, weights: Weights) -> tuple[float, dict[str, int]]:
        """Return the smallest sum of weights, and the levels that have it."""
        total, chosen = float(weights[self.itself]), {}
        for name, (first, levels) in self.fields.items():
            among = weights[first : first + levels.count]
            chosen[name] = int(among.argmin())
            total += float(among[chosen[name]])
        return total, chosen

    def draw(self, chosen: dict[str, int], rng: Generator) -> Block:
        drawn = {name: self.fields[name][1].draw(level, rng) for name, level in chosen.items()}
        return self.choice.block(**self.choice.fixed, **drawn)


@frozen(eq=False)
class Positions:
    """The columns that the candidates of a space have in common.

    One for each block at each position, an empty one included, and for each level of its fields
    there; then those of the connectors and of the recipe.
    """

    space: SearchSpace
    alignment: str
    width: int = field(init=False, default=0)
    empty: list[int] = field(init=False, factory=list)
    blocks: list[list[_Fields]] = field(init=False, factory=list)  # by position, then choice
    connectors: dict[tuple[str, str], _Fields] = field(init=False, factory=dict)
    recipe: dict[str, tuple[int, Levels]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        width = 0

        def take(count: int) -> int:
            nonlocal width
            width += count
            return width - count

        def levels_of(domains: Iterable[tuple[str, Domain]]) -> dict[str, tuple[int, Levels]]:
            levels = {name: Levels(domain) for name, domain in domains}
            return {name: (take(each.count), each) for name, each in levels.items()}

        def columns_of(choice: BlockChoice) -> _Fields:
            return _Fields(choice, take(1), levels_of(choice.domains.items()))

        for _ in range(self.space.depths[1]):
            self.empty.append(take(1))
            self.blocks.append([columns_of(choice) for choice in self.space.blocks])
        for ends, choice in connectors_in_use(self.space).items():
            self.connectors[ends] = columns_of(choice)
        self.recipe.update(levels_of(self.space.recipe_domains.items()))
        object.__setattr__(self, "width", width)

    def row(self, candidate: Candidate) -> tuple[int, ...]:
        """Return the columns that are 1 for a candidate of the space; all others are 0."""
        body = self.space.body(candidate.architecture)
        columns = [self.empty[at] for at in self._empty(len(body))]
        for at, block in zip(self._filled(len(body)), body, strict=True):
            for fields in self.blocks[at]:
                if block in fields.choice:
                    columns += fields.of(block)
                    break
        for connector in {each for each in candidate.architecture if each.connector}:
            own = self.connectors.get((connector.reads, connector.writes))
            if own is not None and connector in own.choice:
                columns += own.of(connector)
        unused = candidate.recipe.unused()
        for name, (first, levels) in self.recipe.items():
            if name not in unused:
                columns.append(first + levels.of(getattr(candidate.recipe, name)))
        return tuple(sorted(columns))

    def best(self, weights: Weights, rng: Generator) -> Candidate | None:
        """Return a candidate whose columns have the smallest sum of weights, limits apart.

        Each depth has its best stack, found block by block for each feature kind that the stack
        so far may end in.

        Args:
            weights: Of each column, `(width,)`.
            rng: Draws the number from a part of a range.
        """
        fewest, most = self.space.depths
        found = (self._best_stack(depth, weights) for depth in range(fewest, most + 1))
        stacks = [each for each in found if each is not None]
        if not stacks:
            return None
        _, chosen = min(stacks, key=lambda each: each[0])
        body = [fields.draw(levels, rng) for fields, levels in chosen]
        connectors = [
            fields.draw(fields.least(weights)[1], rng) for fields in self.connectors.values()
        ]
        recipe: dict[str, Any] = {
            name: levels.draw(int(weights[first : first + levels.count].argmin()), rng)
            for name, (first, levels) in self.recipe.items()
        }
        try:
            architecture = self.space.assemble(body, like=connectors)
        except SpaceError:
            return None
        return Candidate(architecture, evolve(self.space.recipe, **recipe))

    def _best_stack(
        self, depth: int, weights: Weights
    ) -> tuple[float, tuple[tuple[_Fields, dict[str, int]], ...]] | None:
        reaches = self.space.reaches
        blank = sum(float(weights[self.empty[at]]) for at in self._empty(depth))
        # The cheapest stack so far that ends in each kind.
        ends: dict[str, tuple[float, tuple[tuple[_Fields, dict[str, int]], ...]]]
        ends = {self.space.features.kind: (blank, ())}
        for at in self._filled(depth):
            longer: dict[str, tuple[float, tuple[tuple[_Fields, dict[str, int]], ...]]] = {}
            for fields in self.blocks[at]:
                block = fields.choice.block
                below = [cost for kind, cost in ends.items() if reaches(kind, block.reads)]
                if fields.choice.weight <= 0 or not below:
                    continue
                cost, levels = fields.least(weights)
                total, stack = min(below, key=lambda each: each[0])
                if block.writes not in longer or total + cost < longer[block.writes][0]:
                    longer[block.writes] = (total + cost, (*stack, (fields, levels)))
            ends = longer
        done = [each for kind, each in ends.items() if reaches(kind, self.space.ends)]
        return min(done, key=lambda each: each[0], default=None)

    def _filled(self, depth: int) -> range:
        most = self.space.depths[1]
        return range(depth) if self.alignment == BASE else range(most - depth, most)

    def _empty(self, depth: int) -> range:
        most = self.space.depths[1]
        return range(depth, most) if self.alignment == BASE else range(most - depth)


@lru_cache(maxsize=16)
def positions_of(space: SearchSpace, alignment: str) -> Positions:
    return Positions(space, alignment)


@lru_cache(maxsize=1 << 13)
def row_of(positions: Positions, candidate: Candidate) -> tuple[int, ...]:
    """Return the row of a candidate; a search asks for the same ones after every trial."""
    return positions.row(candidate)


def matrix_of(rows: Sequence[tuple[int, ...]], width: int) -> csr_matrix:
    """Write out rows as zeros and ones, `(rows, width)`, sparse."""
    from scipy.sparse import csr_matrix

    columns = np.fromiter(chain.from_iterable(rows), dtype=np.int32)
    begins = np.cumsum([0, *map(len, rows)])
    return csr_matrix((np.ones(len(columns)), columns, begins), shape=(len(rows), width))
