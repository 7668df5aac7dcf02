"""A stack of blocks under construction: what stands so far, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archivolt.errors import SpaceError
from archivolt.values.features import Features
from archivolt.values.footprint import block_footprint

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.values.space import SearchSpace

    Architecture = tuple[Block, ...]


class Stack:
    """Blocks put one upon the other within the limits of a space.

    Connectors and reductions are put as the space has them, without being asked for.

    Args:
        space: Whose limits, connectors and cells hold.
        connectors: The connector to take where two kinds meet; the space's default elsewhere.
    """

    def __init__(
        self, space: SearchSpace, connectors: Mapping[tuple[str, str], Block] | None = None
    ) -> None:
        self._space = space
        self._connectors = connectors or {}
        self._blocks: list[Block] = []
        self._outputs: list[Features] = [space.features]  # the input first
        self._parameters = 0
        self._flops = 0
        self._filled = 0  # searched blocks in the present cell

    @property
    def kind(self) -> str:
        """The feature kind on top."""
        return self._outputs[-1].kind

    def put(self, block: Block) -> bool:
        """Put a searched block on top, unless it cannot stand there or breaks a limit."""
        before = len(self._blocks), self._parameters, self._flops, self._filled
        cells = self._space.cells
        try:
            if cells is not None and cells.reduction is not None and self._filled == cells.size:
                self._filled = 0
                if self._space.reaches(self.kind, cells.reduction.block.reads):
                    self._connect(cells.reduction.block.reads)
                    self._add(cells.reduction.default())
            self._connect(block.reads)
            self._add(block)
        except SpaceError:
            return self._take_back(*before)
        if self._breaks_limits(self._parameters, self._flops):
            return self._take_back(*before)
        self._filled += 1
        return True

    def close(self) -> Architecture | None:
        """Put the head's connectors; None where the whole breaks a limit."""
        try:
            self._connect(self._space.ends)
            head = self._space.head(self._outputs[-1])
        except SpaceError:
            return None
        if self._breaks_limits(self._parameters + head.parameters, self._flops + head.flops):
            return None
        return tuple(self._blocks)

    def _connect(self, wanted: str) -> None:
        for choice in self._space.path(self.kind, wanted):
            ends = choice.block.reads, choice.block.writes
            self._add(self._connectors.get(ends) or choice.default())

    def _add(self, block: Block) -> None:
        x = self._outputs[-1]
        earlier = tuple(self._outputs[:-1]) if block.looks_back else ()
        cost = block_footprint(block, x, earlier)
        self._blocks.append(block)
        self._outputs.append(cost.features)
        self._parameters += cost.parameters
        self._flops += cost.flops

    def _breaks_limits(self, parameters: int, flops: int) -> bool:
        return self._space.limits.broken_by(parameters, flops)

    def _take_back(self, blocks: int, parameters: int, flops: int, filled: int) -> bool:
        del self._blocks[blocks:], self._outputs[blocks + 1 :]
        self._parameters, self._flops, self._filled = parameters, flops, filled
        return False
