"""Blocks for pictures that tell by one plan how they are built and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archivolt.components.block import Block
from archivolt.components.growth import Lanes, Layer, Preserved
from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE, Features
from archivolt.values.footprint import Footprint
from archivolt_vision.operations import Counting, Operations, Shape, Tensor, Window

# Weights that make a layer give zeros, in a way that training can leave: its input is not zero.
_CLOSING = {
    "batch_normalization": ("gamma", "beta"),
    "conv2d": ("kernel",),
    "depthwise_conv2d": ("kernel",),
}


class ImageBlock(Block):
    """A block from picture to picture with a `plan`.

    Where the output has the shape of the input, the plan adds the input to what comes of its last
    layer with weights.
    """

    __slots__ = ()

    reads = writes = IMAGE

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        """Describe the block on `x` in terms of what `make` can make.

        Raises:
            SpaceError: the block cannot stand on such a picture.
        """
        raise NotImplementedError

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from archivolt_vision.building import Building

        return self.plan(Building(), x)

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        make = Counting()
        shape: Shape = self.plan(make, x.shape)
        return Footprint(Features(IMAGE, shape), make.parameters, make.flops)

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        """Tell how it begins: put in anew, what is added to the input begins at zero.

        (Goyal et al., 2017, section 5.1.)
        """
        if before is not None:
            return Block.preserve(self, before, x, earlier)
        make = Counting()
        if self.plan(make, x.now.shape) != x.now.shape:
            return None
        *others, last = make.made
        closed = Layer(last, dict.fromkeys(_CLOSING[last], _zeros))
        return Preserved(x, (*(Layer(each, {}) for each in others), closed))


def proportional(channels: int | None, growth: float, least: int, most: int) -> int:
    """Return a share of the channels, rounded, at least and at most so many."""
    return max(least, min(most, round((channels or 1) * growth)))


@lru_cache(maxsize=64)
def window(written: str) -> Window:
    """Read a window such as `3x3`: height, then width, in pixels.

    Raises:
        SpaceError: it is not written so.
    """
    height, _, width = written.partition("x")
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise SpaceError(f"{written!r} is no window.", "Write height x width, such as '3x3'.")
    return int(height), int(width)


def _zeros(_: NDArray[Any] | None, fresh: NDArray[Any]) -> NDArray[Any]:
    return np.zeros_like(fresh)
