"""Blocks for Archivolt: dense, convolution, residual, pooling, low-rank, embeddings of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt.hookspecs import hookimpl

if TYPE_CHECKING:
    from archivolt.components.block import Block

__version__ = "0.1.0"


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    from archivolt_blocks.catalogue import BLOCKS

    return BLOCKS
