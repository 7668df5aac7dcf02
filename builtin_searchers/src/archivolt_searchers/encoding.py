"""Candidates as rows of numbers: what the searchers with a model compare them by.

A candidate has one column for each thing that may differ: which block stands at a position, each
of its fields, the fields of connectors, the recipe's values, the depth. A field that a block does
not have is missing. Positions are counted from the head: counted from the input a network was
found about as soon, and counted both ways later, with twice as many weights to be learnt. What
stands at several places on the same scale is summed up as well: how many blocks of a kind there
are tells much before it is known where they should stand. Where blocks tell what they compute
(`Block.computes`), candidates are compared by that in a column of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from archivolt.components.block import Block
from archivolt.errors import SpaceError
from archivolt_searchers.code_table import KEPT, CodeTable, joined
from archivolt_searchers.place_totals import Sums, totals_of
from archivolt_searchers.scales import MISSING, Categorical, Ordered, Scale, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.choice import BlockChoice
    from archivolt.values.domain import Domain
    from archivolt.values.recipe import Recipe
    from archivolt.values.space import SearchSpace
    from archivolt_searchers.code_table import Key, Part

MOST_COORDINATES = 4096  # beyond it a model takes too long over every proposal
GONE = -1  # the kind of a block that is no longer in the space of a search that goes on
BUCKETS = 256  # coordinates of what is computed


class Encoder:
    """Encodes the candidates of one space.

    `columns` names what is compared; `owner` tells, for each coordinate of a row, `(width,)`,
    which column it belongs to, and `levels` how many levels each column has. Squared distances
    within a column that is no total are 1 at most. With `computing`, what the blocks compute is
    the last column, where any of them can tell.

    Raises:
        SpaceError: the space is too wide to be encoded.
    """

    def __init__(self, space: SearchSpace, computing: bool = False) -> None:
        self._space = space
        self._by_class: dict[type[Block], list[tuple[int, BlockChoice]]] = {}
        for at, choice in enumerate(space.blocks):
            self._by_class.setdefault(choice.block, []).append((at, choice))
        self._kinds = Categorical((*range(len(space.blocks)), None))  # None: no block stands there
        self._fields = _scales(choice.domains for choice in space.blocks)
        self._links = [
            (choice, name, scale)
            for choice in space.connectors
            for name, scale in _scales([choice.domains]).items()
        ]
        self._recipe = _scales([space.recipe_domains])
        fewest, most = space.depths
        self._depth = Ordered(tuple(range(fewest, most + 1))) if fewest < most else None
        scales = [self._kinds, *self._fields.values()]
        # Of each field its first coordinate and its column, among those of one position.
        self._starts = {
            name: (sum(scale.width for scale in scales[:column]), column)
            for column, name in enumerate(self._fields, start=1)
        }
        self._missing = joined([_coded(scale, None, "") for scale in scales])
        self._rows: dict[Candidate, Part] = {}

        places = list(self._places())
        _check_width(places)
        widths = [scale.width for _, scale in places]
        totals = totals_of(places)
        self._summed = Sums(list(totals.values()))
        self.columns = (*(name for name, _ in places), *(f"total of {name}" for name in totals))
        self.levels = np.array([scale.levels for _, scale in places], dtype=np.int64)
        widths += [parts.shape[1] for parts in totals.values()]
        # Last, as it is not known beforehand which names there are.
        self._computing = computing and any(_tells(choice.block) for choice in space.blocks)
        if self._computing:
            self.columns = (*self.columns, "what is computed")
            widths.append(BUCKETS)
        self.owner = np.repeat(np.arange(len(widths)), widths)

        self._blocks = _table(self._block, scales)
        self._connectors = _table(self._linked, [scale for _, _, scale in self._links])
        self._recipes = _table(self._trained, list(self._recipe.values()))
        self._told = CodeTable(_hashed, BUCKETS, 0)
        self._depths = _table(self._deep, [self._depth] if self._depth is not None else [])

    def _places(self) -> Iterator[tuple[str, Scale]]:
        """Yield what is compared, in the order of a row."""
        for at in range(self._space.depths[1]):
            place = f"block {at + 1} from the head"
            yield place, self._kinds
            for name, scale in self._fields.items():
                yield f"{place}: {name}", scale
        for choice, name, scale in self._links:
            yield f"{choice.block.name}: {name}", scale
        for name, scale in self._recipe.items():
            yield f"recipe: {name}", scale
        if self._depth is not None:
            yield "depth", self._depth

    def rows(self, candidates: Iterable[Candidate], beside: int = 0) -> NDArray[np.float32]:
        """Return one row for each candidate, `(candidates, width + beside)`.

        Args:
            candidates: To be encoded.
            beside: Coordinates left free at the end of each row, for the caller to fill in.
        """
        encoded = self._encode(candidates)
        rows = np.empty((len(encoded), len(self.owner) + beside), dtype=np.float32)
        for at, (row, _) in enumerate(encoded):
            rows[at, : len(row)] = row
        return rows

    def level_rows(self, candidates: Iterable[Candidate]) -> NDArray[np.int64]:
        """Return the level of each column, `(candidates, levels)`; -1 where it is missing."""
        rows = [levels for _, levels in self._encode(candidates)]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.levels))

    def _encode(self, candidates: Iterable[Candidate]) -> list[Part]:
        wanted = list(candidates)
        if len(self._rows) + len(wanted) > KEPT:
            self._rows.clear()
        unknown = [each for each in dict.fromkeys(wanted) if each not in self._rows]
        if unknown:
            self._rows.update(zip(unknown, self._encode_all(unknown), strict=True))
        return [self._rows[each] for each in wanted]

    def _encode_all(self, candidates: Sequence[Candidate]) -> Iterator[Part]:
        # Many at once: what single ones are made of is in the tables already, nearly all of it.
        count = len(candidates)
        bodies = [self._space.body(each.architecture) for each in candidates]
        most = self._space.depths[1]
        parts = [
            self._blocks.gather(
                [
                    block
                    for body in bodies
                    for block in (*body[::-1][:most], *(None,) * (most - len(body)))
                ]
            ),
            self._connectors.gather([_connectors(each.architecture) for each in candidates]),
            self._recipes.gather([each.recipe for each in candidates]),
            self._depths.gather([len(body) for body in bodies]),
        ]
        rows = np.concatenate([codes.reshape(count, -1) for codes, _ in parts], axis=1)
        levels = np.concatenate([each.reshape(count, -1) for _, each in parts], axis=1)
        blocks = [rows, self._summed(rows)]
        if self._computing:
            blocks.append(self._computed([each.architecture for each in candidates]))
        return zip(np.concatenate(blocks, axis=1), levels, strict=True)

    def _computed(self, architectures: Sequence[Sequence[Block]]) -> NDArray[np.float32]:
        """Return the shares of what is computed, `(architectures, BUCKETS)`, as roots.

        So the distance is Hellinger's, and two architectures differ by 1 at most.
        """
        told, _ = self._told.gather([block for each in architectures for block in each])
        ends = np.cumsum([len(each) for each in architectures])
        counts = np.array([each.sum(axis=0) for each in np.split(told, ends[:-1])])
        total = np.maximum(np.abs(counts).sum(axis=1, keepdims=True), 1)  # counts are whole
        shares: NDArray[np.float32] = np.sign(counts) * np.sqrt(0.5 * np.abs(counts) / total)
        return shares

    def _block(self, block: Block | None) -> Part:
        codes, levels = self._missing[0].copy(), self._missing[1].copy()
        at, choice = self._choice(block)
        width = self._kinds.width
        codes[:width], levels[0] = self._kinds.code(at), self._kinds.level(at)
        if block is None or choice is None:
            return codes, levels
        # Of all fields a block has a few: the others stay as they are, missing.
        for name in choice.domains.keys() - block.unused():
            if name in self._fields:
                start, column = self._starts[name]
                scale, value = self._fields[name], getattr(block, name)
                codes[start : start + scale.width] = scale.code(value)
                levels[column] = scale.level(value)
        return codes, levels

    def _linked(self, connectors: tuple[Block, ...]) -> Part:
        parts = []
        for choice, name, scale in self._links:
            block = next((each for each in connectors if each in choice), None)
            parts.append(_coded(scale, block, name))
        return joined(parts)

    def _trained(self, recipe: Recipe) -> Part:
        unused = recipe.unused()
        return joined(
            [
                _coded(scale, None if name in unused else recipe, name)
                for name, scale in self._recipe.items()
            ]
        )

    def _deep(self, depth: int) -> Part:
        if self._depth is None:
            return joined([])
        return self._depth.code(depth), np.array([self._depth.level(depth)])

    def _choice(self, block: Block | None) -> tuple[int | None, BlockChoice | None]:
        if block is None:
            return None, None
        same = self._by_class.get(type(block), [])
        for at, choice in same:
            if len(same) == 1 or block in choice:
                return at, choice
        return same[0] if same else (GONE, None)


@lru_cache(maxsize=8)
def encoder_of(space: SearchSpace, computing: bool = False) -> Encoder:
    """Return the encoder of a space, with the rows that it remembers."""
    return Encoder(space, computing)


def _table(make: Callable[[Key], Part], scales: Sequence[Scale]) -> CodeTable[Key]:
    return CodeTable(make, sum(scale.width for scale in scales), len(scales))


def _connectors(architecture: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(block for block in architecture if block.connector)


def _tells(block: type[Block]) -> bool:
    return block.computes is not Block.computes


def _hashed(block: Block) -> Part:
    """Count what a block computes, `(BUCKETS,)`, each name in a place and with a sign of its own.

    Names are hashed (Weinberger et al., 2009): any may come, and each has its place at once.
    """
    counts = np.zeros(BUCKETS)
    for each in block.computes():
        digest = crc32(each.encode())
        counts[digest % BUCKETS] += 1.0 if digest & 1 << 31 else -1.0
    return counts, np.empty(0, dtype=np.int64)


def _check_width(places: Sequence[tuple[str, Scale]]) -> None:
    width = sum(scale.width for _, scale in places)
    if width > MOST_COORDINATES:
        name, widest = max(places, key=lambda each: each[1].width)
        raise SpaceError(
            f"the space has {width:,} coordinates, and a searcher with a model takes "
            f"{MOST_COORDINATES:,} at most; the widest is {name!r} with {widest.width:,}.",
            "Give numbers as low and high, lower the depth, or search without a model.",
        )


def _scales(choices: Iterable[Mapping[str, Domain]]) -> dict[str, Scale]:
    domains: dict[str, list[Domain]] = {}
    for choice in choices:
        for name, domain in choice.items():
            domains.setdefault(name, []).append(domain)
    scales = {name: scale_of(each) for name, each in domains.items()}
    return {name: scale for name, scale in scales.items() if scale is not None}


def _coded(scale: Scale, holder: object | None, name: str) -> Part:
    if holder is None:
        return scale.missing(), np.array([MISSING])
    value = getattr(holder, name)
    return scale.code(value), np.array([scale.level(value)])
