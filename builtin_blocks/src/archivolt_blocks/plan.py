"""Plans: one description of a block, from which it is built in Keras and from which it is priced.

A block writes its `plan` once, against a `Maker`. Built with Keras layers the plan gives the
tensor; counted it gives shape, parameters and arithmetic in microseconds. The two cannot drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from archivolt.components.block import Block
from archivolt.components.growth import Lanes, Preserved
from archivolt.errors import SpaceError
from archivolt.values.features import COLUMNS, Features
from archivolt.values.footprint import Footprint
from archivolt_blocks.counting import Counting
from archivolt_blocks.maker import Maker, Shape, Tensor


class PlannedBlock(Block):
    """A block that tells by its `plan` both how it is built and what it costs."""

    __slots__ = ()

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        """Describe the block on `x` in terms of what `make` can make.

        Raises:
            SpaceError: the block cannot stand on such features.
        """
        raise NotImplementedError

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from archivolt_blocks.building import Building

        return self.plan(Building(), x, earlier)

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        make = Counting()
        before = [None if each.kind == COLUMNS else each.shape for each in earlier]
        shape: Shape = self.plan(make, x.shape, before)
        return Footprint(Features(self.writes, shape), make.parameters, make.flops)

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        from archivolt_blocks.preserving import preserve

        return preserve(self, before, x, earlier)


@lru_cache(maxsize=256)
def window(kernel: str) -> tuple[int, int]:
    """Read a window such as `3x3` or `1x7`: height, then width, in pixels.

    Raises:
        SpaceError: it is not written so.
    """
    height, by, width = kernel.partition("x")
    if not (by and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise SpaceError(
            f"{kernel!r} is no window.", "Write height x width, such as '3x3' or '1x7'."
        )
    return int(height), int(width)


def proportional(length: int | None, ratio: float, most: int, least: int = 1) -> int:
    """Return a share of a length, rounded, between `least` and `most`."""
    return max(least, min(most, round((length or 1) * ratio)))


def finish(make: Maker, x: Any, normalisation: str, activation: str, dropout: float = 0.0) -> Any:
    """Put normalisation, activation and dropout on a product, in this order."""
    x = make.activation(make.normalise(x, normalisation), activation)
    return make.dropout(x, dropout) if dropout else x
