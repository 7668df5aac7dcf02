"""Cells: how searched blocks become the layout of a network, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge

from archivolt.values.choice import BlockChoice

if TYPE_CHECKING:
    from archivolt.components.block import Block

    Architecture = tuple[Block, ...]
    Reaches = Callable[[str, str], bool]  # whether connectors lead from a kind to another


@frozen
class Cells:
    """How blocks are grouped: a reduction after every `size` blocks, or one cell repeated.

    A reduction is left out where the features are no longer of the kind that it reads.
    """

    size: int = field(validator=ge(1))  # blocks in a cell; with `replicate`, the most
    reduction: BlockChoice | None = None  # stands between cells, outside the search
    replicate: bool = False  # search one cell and repeat it
    repeats: int = field(default=3, validator=ge(1))  # cells in the network, with `replicate`

    def layout(self, body: Sequence[Block], kind: str, reaches: Reaches) -> Architecture:
        """Return the body with its cells repeated and the reductions between them.

        Args:
            body: The searched blocks.
            kind: Feature kind of the network's input.
            reaches: Tells whether connectors lead from one kind to another.
        """
        searched = tuple(body) * (self.repeats if self.replicate else 1)
        stride = len(body) if self.replicate else self.size
        result: list[Block] = []
        for index, block in enumerate(searched):
            if index and index % stride == 0 and self._reduces(kind, reaches):
                assert self.reduction is not None
                result.append(self.reduction.default())
                kind = result[-1].writes
            result.append(block)
            kind = block.writes
        return tuple(result)

    def body(self, blocks: Sequence[Block], kind: str, reaches: Reaches) -> Architecture:
        """Return the searched blocks of a layout: the inverse of `layout`."""
        if self.replicate:
            if not blocks:
                return ()
            between = self.repeats - 1 if self._reduces(blocks[-1].writes, reaches) else 0
            return tuple(blocks[: (len(blocks) - between) // self.repeats])
        result: list[Block] = []
        filled = 0
        for block in blocks:
            if filled == self.size:
                filled = 0
                if self._reduces(kind, reaches):
                    kind = block.writes
                    continue
            result.append(block)
            filled += 1
            kind = block.writes
        return tuple(result)

    def _reduces(self, kind: str, reaches: Reaches) -> bool:
        return self.reduction is not None and reaches(kind, self.reduction.block.reads)
