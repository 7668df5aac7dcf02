"""The candidates of a finite space in a fixed order, each reached by its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Domain
from archivolt.values.stacking import Stack
from archivolt_searchers.in_use import blocks_in_use, connectors_in_use

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.values.space import SearchSpace

    Connectors = Mapping[tuple[str, str], Block]


def continuous_domains(space: SearchSpace) -> tuple[str, ...]:
    """Tell the searched values of a space that cannot be listed, each with its place."""
    domains = {
        f"{choice.block.name}.{name}": domain
        for choice in (*blocks_in_use(space), *connectors_in_use(space).values())
        for name, domain in choice.domains.items()
    }
    domains |= {f"recipe.{name}": domain for name, domain in space.recipe_domains.items()}
    return tuple(
        f"{where} ({domain})" for where, domain in domains.items() if not _is_finite(domain)
    )


def values_of(domain: Domain) -> tuple[Any, ...]:
    """List the values of a finite domain."""
    if isinstance(domain, Choices):
        return domain.values
    if domain.low == domain.high:
        return (domain.low,)
    return tuple(range(int(domain.low), int(domain.high) + 1))


def settings(space: SearchSpace) -> dict[str, int]:
    """Count how many ways there are to set the fields of each block."""
    return {
        choice.block.name: prod(_count(domain) for domain in choice.domains.values())
        for choice in (*blocks_in_use(space), *connectors_in_use(space).values())
    }


@frozen(eq=False)
class Enumeration:
    """All candidates of a finite space, by place.

    Connectors change slowest, then the body of searched blocks, shallow ones first, and the
    recipe fastest. Some places are empty: where blocks do not fit on each other or break a limit,
    and where a candidate is another's twin.
    """

    space: SearchSpace
    _ways: dict[tuple[str, int], int] = field(init=False, factory=dict, repr=False)

    @cached_property
    def size(self) -> int:
        """How many places there are: no fewer than candidates."""
        return len(self._connectors) * self._bodies * self._recipes

    def since(self, place: int) -> Iterator[tuple[int, Candidate]]:
        """Yield the candidates from a place on, each with its own."""
        while place < self.size:
            rest, recipe = divmod(place, self._recipes)
            combination, body = divmod(rest, self._bodies)
            found, skip = self._architecture(self._connectors[combination], body)
            if found is None:
                place = (combination * self._bodies + body + skip) * self._recipes
                continue
            for at in range(recipe, self._recipes):
                candidate = self._with_recipe(found, at)
                if candidate is not None:
                    yield rest * self._recipes + at, candidate
            place = (rest + 1) * self._recipes

    # Architectures

    def _architecture(
        self, connectors: Connectors, place: int
    ) -> tuple[tuple[Block, ...] | None, int]:
        """Return the architecture at a place, or None and how many places to pass over."""
        body, left = self._body(place)
        cells = self.space.cells
        if cells is None or not cells.replicate:
            # A repeated cell is no prefix of the network: there the whole decides.
            stack = Stack(self.space, connectors)
            for block, after in zip(body, left, strict=True):
                if not stack.put(block):
                    return None, after
        try:
            architecture = self.space.assemble(body, like=tuple(connectors.values()))
            cost = self.space.footprint(architecture)
        except SpaceError:
            return None, 1
        if self.space.limits.excess(cost):
            return None, 1
        used = {(each.reads, each.writes) for each in architecture if each.connector}
        idle = (each for ends, each in connectors.items() if ends not in used)
        if any(each != self._options[each.reads, each.writes][0] for each in idle):
            return None, 1  # the same network as with the first of these connectors
        return architecture, 1

    def _body(self, place: int) -> tuple[list[Block], list[int]]:
        """Return the blocks at a place, and the places from there to the next of each prefix."""
        depth = self.space.depths[0]
        while place >= (ways := self._ways_on(self.space.features.kind, depth)):
            place -= ways
            depth += 1
        body: list[Block] = []
        left = []
        kind = self.space.features.kind
        for above in reversed(range(depth)):
            for choice, blocks in self._blocks:
                if not self.space.reaches(kind, choice.block.reads):
                    continue
                ways = self._ways_on(choice.block.writes, above)
                if place < len(blocks) * ways:
                    at, place = divmod(place, ways)
                    body.append(blocks[at])
                    left.append(ways - place)
                    kind = choice.block.writes
                    break
                place -= len(blocks) * ways
        return body, left

    def _ways_on(self, kind: str, depth: int) -> int:
        """Count the stacks of so many blocks that lead from features of a kind to the head."""
        if depth == 0:
            return int(self.space.reaches(kind, self.space.ends))
        if (kind, depth) not in self._ways:
            self._ways[kind, depth] = sum(
                len(blocks) * self._ways_on(choice.block.writes, depth - 1)
                for choice, blocks in self._blocks
                if self.space.reaches(kind, choice.block.reads)
            )
        return self._ways[kind, depth]

    @cached_property
    def _bodies(self) -> int:
        fewest, most = self.space.depths
        kind = self.space.features.kind
        return sum(self._ways_on(kind, depth) for depth in range(fewest, most + 1))

    @cached_property
    def _blocks(self) -> list[tuple[BlockChoice, list[Block]]]:
        seen: set[Block] = set()
        listed = []
        for choice in blocks_in_use(self.space):
            blocks = [block for block in _instances(choice) if block not in seen]
            seen.update(blocks)
            listed.append((choice, blocks))
        return listed

    @cached_property
    def _options(self) -> dict[tuple[str, str], list[Block]]:
        return {ends: _instances(choice) for ends, choice in connectors_in_use(self.space).items()}

    @cached_property
    def _connectors(self) -> list[Connectors]:
        ends = list(self._options)
        return [dict(zip(ends, each, strict=True)) for each in product(*self._options.values())]

    # Recipes

    @cached_property
    def _values(self) -> dict[str, tuple[Any, ...]]:
        return {name: values_of(domain) for name, domain in self.space.recipe_domains.items()}

    @cached_property
    def _recipes(self) -> int:
        return prod(map(len, self._values.values()))

    def _with_recipe(self, architecture: Sequence[Block], place: int) -> Candidate | None:
        drawn: dict[str, Any] = {}
        for name, values in reversed(self._values.items()):
            place, at = divmod(place, len(values))
            drawn[name] = values[at]
        recipe = evolve(self.space.recipe, **drawn)
        if any(drawn[name] != self._values[name][0] for name in recipe.unused() & drawn.keys()):
            return None
        return Candidate(tuple(architecture), recipe)


def _is_finite(domain: Domain) -> bool:
    return isinstance(domain, Choices) or domain.whole or domain.low == domain.high


def _count(domain: Domain) -> int:
    return len(domain) if isinstance(domain, Choices) else int(domain.high - domain.low) + 1


def _instances(choice: BlockChoice) -> list[Block]:
    """List the blocks of a choice, without those that differ in what means nothing alone."""
    values = {name: values_of(domain) for name, domain in choice.domains.items()}
    blocks = []
    for combination in product(*values.values()):
        drawn = dict(zip(values, combination, strict=True))
        block = choice.block(**choice.fixed, **drawn)
        if all(drawn[name] == values[name][0] for name in block.unused() & drawn.keys()):
            blocks.append(block)
    return blocks
