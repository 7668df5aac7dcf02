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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

import numpy as np

from archivolt.components.block import Block
from archivolt.errors import SpaceError
from archivolt_searchers.scales import MISSING, Categorical, Ordered, Scale, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archivolt.values.candidate import Candidate
    from archivolt.values.choice import BlockChoice
    from archivolt.values.domain import Domain
    from archivolt.values.recipe import Recipe
    from archivolt.values.space import SearchSpace

    Part = tuple[NDArray[np.float64], NDArray[np.int64]]  # coordinates, and the columns' levels

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_COORDINATES = 4096  # beyond it a model takes too long over every proposal
BUCKETS = 256  # coordinates of what is computed
KEPT_ROWS = 1 << 14  # rows remembered of a space


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
        self._missing = {name: _coded(scale, None, name) for name, scale in self._fields.items()}
        self._parts: dict[Block | None, Part] = {}
        self._links_parts: dict[tuple[Block, ...], list[Part]] = {}
        self._recipe_parts: dict[Recipe, list[Part]] = {}
        self._rows: dict[Candidate, Part] = {}

        places = list(self._places())
        _check_width(places)
        widths = [scale.width for _, scale in places]
        self._totals = _totals(places)
        self.columns = (*(name for name, _ in places), *(f"total of {n}" for n in self._totals))
        self.levels = np.array([scale.levels for _, scale in places], dtype=np.int64)
        widths += [parts.shape[1] for parts in self._totals.values()]
        # Last, as it is not known beforehand which names there are.
        self._computing = computing and any(_tells(choice.block) for choice in space.blocks)
        if self._computing:
            self.columns = (*self.columns, "what is computed")
            widths.append(BUCKETS)
        self.owner = np.repeat(np.arange(len(widths)), widths)

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

    def rows(self, candidates: Iterable[Candidate]) -> NDArray[np.float64]:
        """Return one row for each candidate, `(candidates, width)`."""
        rows = [row for row, _ in self._encode(candidates)]
        return np.array(rows).reshape(len(rows), len(self.owner))

    def level_rows(self, candidates: Iterable[Candidate]) -> NDArray[np.int64]:
        """Return the level of each column, `(candidates, levels)`; -1 where it is missing."""
        rows = [levels for _, levels in self._encode(candidates)]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.levels))

    def _encode(self, candidates: Iterable[Candidate]) -> list[Part]:
        wanted = list(candidates)
        if len(self._rows) + len(wanted) > KEPT_ROWS:
            self._rows.clear()
        unknown = [each for each in dict.fromkeys(wanted) if each not in self._rows]
        if unknown:
            self._rows.update(zip(unknown, self._encode_all(unknown), strict=True))
        return [self._rows[each] for each in wanted]

    def _encode_all(self, candidates: Sequence[Candidate]) -> Iterator[Part]:
        joined = [_joined(self._parts_of(each)) for each in candidates]
        rows = np.array([row for row, _ in joined])
        # Summed up for all candidates at once, which takes a tenth of the time.
        blocks = [rows]
        for parts in self._totals.values():
            blocks.append(rows[:, parts].sum(axis=1) / len(parts) ** 0.5)
        if self._computing:
            blocks.append(np.array([_hashed(each.architecture) for each in candidates]))
        whole = np.concatenate(blocks, axis=1)
        return zip(whole, (levels for _, levels in joined), strict=True)

    def _parts_of(self, candidate: Candidate) -> list[Part]:
        architecture = candidate.architecture
        body = self._space.body(architecture)
        absent = (None,) * (self._space.depths[1] - len(body))
        parts = [self._block(block) for block in (*body[::-1], *absent)]
        if self._links:
            parts += self._linked(tuple(block for block in architecture if block.connector))
        parts += self._trained(candidate.recipe)
        if self._depth is not None:
            parts.append((self._depth.code(len(body)), np.array([self._depth.level(len(body))])))
        return parts

    def _block(self, block: Block | None) -> Part:
        part = self._parts.get(block)
        if part is None:
            at, choice = self._choice(block) if block is not None else (None, None)
            kind: Part = (self._kinds.code(at), np.array([self._kinds.level(at)]))
            unused = block.unused() if block is not None else frozenset()
            free = set(choice.domains) - unused if choice is not None else set()
            fields = [
                _coded(scale, block, name) if name in free else self._missing[name]
                for name, scale in self._fields.items()
            ]
            part = _remembered(self._parts, block, _joined([kind, *fields]))
        return part

    def _linked(self, connectors: tuple[Block, ...]) -> list[Part]:
        parts = self._links_parts.get(connectors)
        if parts is None:
            parts = []
            for choice, name, scale in self._links:
                block = next((each for each in connectors if each in choice), None)
                parts.append(_coded(scale, block, name))
            _remembered(self._links_parts, connectors, parts)
        return parts

    def _trained(self, recipe: Recipe) -> list[Part]:
        parts = self._recipe_parts.get(recipe)
        if parts is None:
            unused = recipe.unused()
            parts = [
                _coded(scale, None if name in unused else recipe, name)
                for name, scale in self._recipe.items()
            ]
            _remembered(self._recipe_parts, recipe, parts)
        return parts

    def _choice(self, block: Block) -> tuple[int, BlockChoice]:
        same = self._by_class.get(type(block), [])
        for at, choice in same:
            if len(same) == 1 or block in choice:
                return at, choice
        raise SpaceError(f"{block}: not a block of this space, or out of its domain.")


@lru_cache(maxsize=8)
def encoder_of(space: SearchSpace, computing: bool = False) -> Encoder:
    """Return the encoder of a space, with the rows that it remembers."""
    return Encoder(space, computing)


def _tells(block: type[Block]) -> bool:
    return block.computes is not Block.computes


def _hashed(architecture: Sequence[Block]) -> NDArray[np.float64]:
    """Write out the shares of what is computed, `(BUCKETS,)`, for the Hellinger distance.

    Two architectures differ by 1 at most. Names are hashed (Weinberger et al., 2009): any may
    come, and each has its place at once.
    """
    counts = np.zeros(BUCKETS)
    for block in architecture:
        for each in block.computes():
            digest = crc32(each.encode())
            counts[digest % BUCKETS] += 1.0 if digest & 1 << 31 else -1.0
    total = np.abs(counts).sum()
    return np.sign(counts) * np.sqrt(0.5 * np.abs(counts) / total) if total else counts


def _totals(places: Sequence[tuple[str, Scale]]) -> dict[str, NDArray[np.int64]]:
    """Find the places with one and the same scale, such as the kinds of blocks at all positions.

    Returns:
        By the name of the first place, the coordinates of all of them, `(places, width)`.
    """
    same: dict[Scale, list[tuple[str, NDArray[np.int64]]]] = {}
    start = 0
    for name, scale in places:
        same.setdefault(scale, []).append((name, start + np.arange(scale.width)))
        start += scale.width
    return {
        each[0][0]: np.array([coordinates for _, coordinates in each])
        for each in same.values()
        if len(each) > 1
    }


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


def _remembered(known: dict[Key, Value], key: Key, value: Value) -> Value:
    """Remember a value for later; everything is forgotten before it becomes too much."""
    if len(known) >= KEPT_ROWS:
        known.clear()
    known[key] = value
    return value


def _coded(scale: Scale, holder: object | None, name: str) -> Part:
    if holder is None:
        return scale.missing(), np.array([MISSING])
    value = getattr(holder, name)
    return scale.code(value), np.array([scale.level(value)])


def _joined(parts: Sequence[Part]) -> Part:
    return np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])
