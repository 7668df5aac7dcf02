"""What the blocks for pictures are made of: operations, built in Keras or counted from shapes.

A block writes its plan once. Built it gives the tensor, counted its shape and its cost in
microseconds, and the two cannot drift.
"""

from __future__ import annotations

from math import prod
from typing import Any, Protocol

from archivolt.errors import SpaceError

Tensor = Any  # a symbolic Keras tensor when built, a shape when counted
Shape = tuple[int | None, ...]  # of one picture: height, width, channels
Window = tuple[int, int]  # height, width; pixels

BATCH, LAYER = "batch", "layer"
_STATISTICS = {BATCH: 4, LAYER: 2}  # numbers a channel: scale, offset; running mean and variance


class Operations(Protocol):
    """Builds or counts; borders are filled with zeros, and stay as long as the stride leaves."""

    def shape(self, x: Tensor) -> Shape:
        """Return height, width and channels."""

    def convolution(self, x: Tensor, filters: int, window: Window, stride: int = 1) -> Tensor:
        """Convolve without a bias: a normalisation follows, or nothing."""

    def biased(self, x: Tensor, filters: int) -> Tensor:
        """Mix the channels of each position, with a bias."""

    def depthwise(self, x: Tensor, window: Window, stride: int = 1, bias: bool = False) -> Tensor:
        """Convolve each channel alone."""

    def scale(self, x: Tensor, start: float) -> Tensor:
        """Multiply each channel with a weight of its own, at first `start`."""

    def normalise(self, x: Tensor, over: str) -> Tensor:
        """Normalise over the batch, or over the channels of each position."""

    def activation(self, x: Tensor, activation: str) -> Tensor:
        """Apply a nonlinearity."""

    def average(self, x: Tensor) -> Tensor:
        """Take the average over all positions, as a picture of one."""

    def multiply(self, x: Tensor, gate: Tensor) -> Tensor:
        """Multiply a picture with one number a channel."""

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """Add two pictures of one shape."""


class Counting:
    """Goes through a plan on shapes; an axis of any length counts once, as measuring does."""

    def __init__(self) -> None:
        self.parameters = 0  # stored weights, trained or not
        self.flops = 0  # forward, one picture; a multiply-add counts as 2
        self.made: list[str] = []  # layers with weights, in their order, as Keras calls them

    def shape(self, x: Shape) -> Shape:
        return x

    def convolution(self, x: Shape, filters: int, window: Window, stride: int = 1) -> Shape:
        return self._convolution(x, filters, window, stride)

    def biased(self, x: Shape, filters: int) -> Shape:
        self.parameters += filters
        return self._convolution(x, filters, (1, 1), 1)

    def depthwise(self, x: Shape, window: Window, stride: int = 1, bias: bool = False) -> Shape:
        output = strided(x, window, stride)
        self._product("depthwise_conv2d", output, prod(window) * _length(x[2]))
        self.parameters += _length(x[2]) if bias else 0
        return output

    def scale(self, x: Shape, start: float) -> Shape:
        return self.depthwise(x, (1, 1))

    def normalise(self, x: Shape, over: str) -> Shape:
        self.parameters += _STATISTICS[over] * _length(x[2])
        self.made.append(f"{over}_normalization")
        return x

    def activation(self, x: Shape, activation: str) -> Shape:
        return x

    def average(self, x: Shape) -> Shape:
        return 1, 1, x[2]

    def multiply(self, x: Shape, gate: Shape) -> Shape:
        return x

    def add(self, x: Shape, y: Shape) -> Shape:
        return x

    def _convolution(self, x: Shape, filters: int, window: Window, stride: int) -> Shape:
        height, width, _ = strided(x, window, stride)
        output = height, width, filters
        self._product("conv2d", output, prod(window) * _length(x[2]) * filters)
        return output

    def _product(self, layer: str, output: Shape, kernel: int) -> None:
        self.parameters += kernel
        self.flops += 2 * _length(output[0]) * _length(output[1]) * kernel
        self.made.append(layer)


def strided(x: Shape, window: Window, stride: int) -> Shape:
    """Return the shape that a window leaves.

    Raises:
        SpaceError: the window is larger than the plate, or the stride steps over it.
    """
    for length, extent in zip(x, window, strict=False):
        if length is not None and max(extent, stride) > length:
            raise SpaceError(
                f"a {window[0]}x{window[1]} window with stride {stride} does not fit on a plate of "
                f"{x[0]}x{x[1]} pixels."
            )
    height, width = (None if each is None else -(-each // stride) for each in x[:2])
    return height, width, x[2]


def _length(axis: int | None) -> int:
    return 1 if axis is None else axis
