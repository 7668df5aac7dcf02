"""How large a candidate is: the number of its places in which something stands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from attrs import field, frozen

from archivolt.errors import SpaceError
from archivolt.values.domain import Choices

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.candidate import Candidate
    from archivolt.values.choice import BlockChoice
    from archivolt.values.mutation import Mutation
    from archivolt.values.space import SearchSpace

STEPS = 64  # changes on the way from a random candidate to one of the size asked for
ATTEMPTS = 100  # changes tried for one of them


@frozen
class Sizes:
    """Counts blocks; where every network is as deep, those and the fields that are not `empty`.

    Raises:
        SpaceError: all candidates of the space are of one size.
    """

    space: SearchSpace
    empty: tuple[str, ...]  # names of blocks, or their ends after `_`, and values of fields
    smallest: int = field(init=False)
    largest: int = field(init=False)

    @smallest.default
    def _smallest(self) -> int:
        fewest, _ = self.space.depths
        if self._has_empty_blocks or self._by_fields:
            return 1
        return max(1, fewest)

    @largest.default
    def _largest(self) -> int:
        most = self.space.depths[1]
        if not self._by_fields:
            return most
        return most * max(len(self._names(choice)) for choice in self.space.blocks)

    def __attrs_post_init__(self) -> None:
        fewest, most = self.space.depths
        if self.smallest >= self.largest:
            raise SpaceError(
                f"progressive search makes networks larger step by step, and all of this space "
                f"are {most} blocks deep, with no block or value named "
                f"{' or '.join(self.empty) or 'as empty'}.",
                "Give the space's depth as [fewest, most], name what counts as nothing in the "
                "searcher's `empty`, or take another searcher.",
            )
        growing = any(mutator.grows and weight > 0 for mutator, weight in self.space.mutators)
        if fewest < most and not growing:
            raise SpaceError(
                "progressive search needs a mutator that makes networks deeper, and the space "
                "has none.",
                "Give `insert` a weight among the mutators.",
            )

    def of(self, candidate: Candidate) -> int:
        body = self.space.body(candidate.architecture)
        if not self._by_fields:
            return sum(not self._is_empty(block.name) for block in body)
        return sum(self._filled(block) for block in body)

    def grow(self, candidate: Candidate, rng: Generator) -> Mutation | None:
        """Make a candidate larger by one; None where no change did."""
        size = self.of(candidate) + 1
        fewest, most = self.space.depths
        growing = True if fewest < most else None
        return self.space.mutate(
            candidate, rng, growing, lambda child: self.of(child) == size, ATTEMPTS
        )

    def draw(self, size: int, rng: Generator) -> Candidate | None:
        """Draw a candidate of the size asked for; None where the way there was not found."""
        depth = max(size, self.space.depths[0])
        candidate = self.space.limited_to_depth(min(depth, self.space.depths[1])).sample(rng)
        for _ in range(STEPS):
            now = self.of(candidate)
            if now == size:
                return candidate
            if now < size:
                found = self.grow(candidate, rng)
            else:
                found = self._shrink(candidate, size, now, rng)
            if found is None:
                return None
            candidate = found.candidate
        return None

    def _shrink(
        self, candidate: Candidate, least: int, below: int, rng: Generator
    ) -> Mutation | None:
        def is_smaller(child: Candidate) -> bool:
            return least <= self.of(child) < below

        return self.space.mutate(candidate, rng, None, is_smaller, ATTEMPTS)

    @cached_property
    def _has_empty_blocks(self) -> bool:
        return any(self._is_empty(choice.block.name) for choice in self.space.blocks)

    @cached_property
    def _by_fields(self) -> bool:
        fewest, most = self.space.depths
        named = any(self._names(choice) for choice in self.space.blocks)
        return fewest == most and not self._has_empty_blocks and named

    def _names(self, choice: BlockChoice) -> tuple[str, ...]:
        return tuple(
            name
            for name, domain in choice.domains.items()
            if isinstance(domain, Choices) and any(each in self.empty for each in domain.values)
        )

    def _filled(self, block: Block) -> int:
        choice = self.space.choice_of(block)
        names = self._names(choice) if choice is not None else ()
        return sum(getattr(block, name) not in self.empty for name in names)

    def _is_empty(self, name: str) -> bool:
        return any(name == each or name.endswith(f"_{each}") for each in self.empty)
