"""Gated linear units as blocks of Archivolt."""

from __future__ import annotations

from collections.abc import Iterable

from archivolt import Block, hookimpl
from gated_blocks.convolution import GatedConvolution
from gated_blocks.dense import GatedDense


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    return [GatedDense, GatedConvolution]
