"""Candidates as strings of bits, for strategies that learn functions of bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt_searchers.in_use import blocks_in_use, connectors_in_use
from archivolt_searchers.scales import Levels

if TYPE_CHECKING:
    from numpy.random import Generator

    from archivolt.components.block import Block
    from archivolt.values.space import SearchSpace

PARTS = 8  # of a range of numbers


@frozen(eq=False)
class Genome:
    """How a string of bits is read as a candidate of a space.

    First the depth; then, for each place, the block and its fields; then the connectors and the
    recipe. A choice among k takes as many bits as k needs, and every string is read: where k is
    no power of two, some choices have two spellings. All blocks share the bits for the fields of
    a place. Blocks are put into an order that their feature kinds allow.
    """

    space: SearchSpace

    @cached_property
    def length(self) -> int:
        """Bits of a candidate."""
        own = sum(_bits(self.levels(domain).count) for domain in self._domains)
        places = self.space.depths[1] * (_bits(len(self._blocks)) + self._field_bits)
        return self._depth_bits + places + own

    def read(self, bits: Sequence[int], rng: Generator) -> Candidate | None:
        """Read a candidate; None where its blocks do not fit or break the limits.

        Args:
            bits: 0 or 1 each, `length` of them.
            rng: Draws the number from a part of a range.
        """
        reader = iter(bits)
        fewest, most = self.space.depths
        depth = fewest + _choose(reader, most - fewest + 1)
        drawn = [self._block(reader, rng) for _ in range(most)][:depth]
        stages = self.space.routes.stages
        drawn.sort(key=lambda block: (stages[block.reads], stages[block.writes]))
        connectors = [self._instance(each, reader, rng) for each in self._connectors]
        recipe = {
            name: self._value(domain, reader, rng)
            for name, domain in self.space.recipe_domains.items()
        }
        try:
            architecture = self.space.assemble(drawn, like=connectors)
        except SpaceError:
            return None
        candidate = Candidate(architecture, self.space.recipe).with_recipe(**recipe)
        return candidate if candidate in self.space else None

    def levels(self, domain: Any) -> Levels:
        return Levels(domain, PARTS)

    def _block(self, reader: Iterator[int], rng: Generator) -> Block:
        choice = self._blocks[_choose(reader, len(self._blocks))]
        fields = iter([next(reader) for _ in range(self._field_bits)])
        return self._instance(choice, fields, rng)

    def _instance(self, choice: BlockChoice, reader: Iterator[int], rng: Generator) -> Block:
        drawn = {name: self._value(domain, reader, rng) for name, domain in choice.domains.items()}
        return choice.block(**choice.fixed, **drawn)

    def _value(self, domain: Any, reader: Iterator[int], rng: Generator) -> Any:
        levels = self.levels(domain)
        return levels.draw(_choose(reader, levels.count), rng)

    @cached_property
    def _blocks(self) -> list[BlockChoice]:
        return blocks_in_use(self.space)

    @cached_property
    def _connectors(self) -> list[BlockChoice]:
        return list(connectors_in_use(self.space).values())

    @cached_property
    def _field_bits(self) -> int:
        return max(
            sum(_bits(self.levels(domain).count) for domain in choice.domains.values())
            for choice in self._blocks
        )

    @property
    def _depth_bits(self) -> int:
        fewest, most = self.space.depths
        return _bits(most - fewest + 1)

    @property
    def _domains(self) -> list[Any]:
        own = [domain for each in self._connectors for domain in each.domains.values()]
        return [*own, *self.space.recipe_domains.values()]


@lru_cache(maxsize=8)
def genome_of(space: SearchSpace) -> Genome:
    return Genome(space)


def _bits(choices: int) -> int:
    return (choices - 1).bit_length()


def _choose(reader: Iterator[int], choices: int) -> int:
    length = _bits(choices)
    code = 0
    for _ in range(length):
        code = 2 * code + next(reader)
    return code * choices >> length
