"""Alignment: which blocks of a trained network stand for which of a new one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from attrs import frozen

from archivolt.values.features import Features
from archivolt.values.footprint import block_footprint

if TYPE_CHECKING:
    from archivolt.components.block import Block

CONTENT = "content"
PREFIX = "prefix"
ALIGNMENTS = (CONTENT, PREFIX)


@frozen
class Alignment:
    """Pairs of places, the new network's first, and whether their heads read equal features."""

    pairs: tuple[tuple[int, int], ...]
    head: bool


def align(
    new: Sequence[Block],
    new_features: Features,
    old: Sequence[Block],
    old_features: Features,
    by: str,
) -> Alignment:
    """Pair the blocks that are equal and read features of equal shapes.

    Args:
        new: Architecture of the network that begins.
        new_features: What its first block reads.
        old: Architecture of the trained network.
        old_features: What that one's first block reads.
        by: `content`: the longest run of equal blocks that both have, and again on either side
            of it, so that a change in the middle keeps both sides. `prefix`: equal blocks from
            the input on, up to the first change; the head is always new.
    """
    here, there = _keys(new, new_features), _keys(old, old_features)
    if by == PREFIX:
        length = 0
        while length < min(len(new), len(old)) and here[length] == there[length]:
            length += 1
        return Alignment(tuple((at, at) for at in range(length)), head=False)
    matcher = SequenceMatcher(None, here[:-1], there[:-1], autojunk=False)
    pairs = [
        (run.a + step, run.b + step)
        for run in matcher.get_matching_blocks()
        for step in range(run.size)
    ]
    return Alignment(tuple(pairs), head=here[-1] == there[-1])


def _keys(architecture: Sequence[Block], features: Features) -> list[Hashable]:
    """Return of each block what must be equal for its weights to fit; what the head reads, last."""
    keys: list[Hashable] = []
    outputs = [features]
    for block in architecture:
        earlier = tuple(outputs[:-1]) if block.looks_back else ()
        keys.append((block, outputs[-1], earlier))
        outputs.append(block_footprint(block, outputs[-1], earlier).features)
    return [*keys, outputs[-1]]
