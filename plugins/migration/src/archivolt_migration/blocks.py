"""All blocks of Model Search by name, and what stands for them."""

from __future__ import annotations

from attrs import evolve

from archivolt.errors import nearest
from archivolt_migration.counterpart import Counterpart
from archivolt_migration.image_blocks import CELLS, IMAGE_BLOCKS
from archivolt_migration.sequence_blocks import SEQUENCE_BLOCKS
from archivolt_migration.vector_blocks import VECTOR_BLOCKS

NAMED = {**IMAGE_BLOCKS, **VECTOR_BLOCKS, **SEQUENCE_BLOCKS}  # the 136 that are registered there
KNOWN = {**NAMED, **CELLS}

# What a problem of a type reads, and with it the blocks that a file without `blocks_to_use` means.
SUITED = {
    "CNN": {**IMAGE_BLOCKS, **VECTOR_BLOCKS},
    "DNN": VECTOR_BLOCKS,
    "RNN_ALL_ACTIVATIONS": SEQUENCE_BLOCKS,
    "RNN_LAST_ACTIVATIONS": SEQUENCE_BLOCKS,
}
_REDUCING = ("REDUCTION", "DOWNSAMPLE", "POOL")  # parts of names that a search of cells refuses


def counterpart(name: str, problem_type: str) -> Counterpart:
    """Return what stands for a block; an identity is of the kind that the problem reads.

    Raises:
        KeyError: there is no block of this name.
    """
    found = KNOWN[name]
    if name == "IDENTITY" and problem_type.startswith("RNN"):
        return evolve(found, block="sequence_identity")
    return found


def is_reduction(name: str) -> bool:
    return any(part in name for part in _REDUCING)


def nearest_block(name: str) -> str:
    """Tell the names next to one that is not there."""
    if name.upper() in KNOWN:
        return f"Did you mean {name.upper()!r}?"
    return nearest(name, list(KNOWN))
