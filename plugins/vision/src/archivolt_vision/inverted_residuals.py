"""Residual blocks that are wide inside and narrow outside, as mobile networks are made of."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.components.block import Block
from archivolt.components.growth import Lanes, Preserved
from archivolt.values.tunable import tunable
from archivolt_vision.image_block import ImageBlock, proportional, window
from archivolt_vision.operations import BATCH, Operations, Tensor

ACTIVATIONS = ("relu", "relu6", "silu", "hard_silu", "gelu")


@frozen
class InvertedResidual(ImageBlock):
    """Inverted residual of MobileNetV2 and V3 (Sandler et al., 2018; Howard et al., 2019).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride, growth *
    channels)`: 1x1 convolution to `expansion` times the channels, depthwise convolution, linear
    1x1 convolution; the input is added where the shape stays. `squeeze` puts the attention of V3
    behind the depthwise convolution (section 5.3), and `hard_silu` is its hard swish. Without
    expansion the first convolution is left out.
    """

    name = "inverted_residual"
    kernel: str = tunable("3x3", choices=("3x3", "5x5", "7x7"))  # height x width, pixels
    expansion: int = tunable(4, choices=(1, 2, 3, 4, 6))
    growth: float = tunable(1.0, choices=(1.0, 1.5, 2.0))
    stride: int = tunable(1, choices=(1, 2))
    squeeze: int = tunable(0, choices=(0, 4, 8))  # inner channels to one of attention; 0: none
    activation: str = tunable("relu6", choices=ACTIVATIONS)
    most: int = 512  # channels outside
    least: int = 1  # of them; more than a picture has, in front of a network

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        channels = make.shape(x)[2] or 1
        inner = self.expansion * channels
        y = x
        if self.expansion > 1:
            y = _activated(make, make.convolution(y, inner, (1, 1)), self.activation)
        y = make.depthwise(y, window(self.kernel), self.stride)
        y = _activated(make, y, self.activation)
        if self.squeeze:
            y = _attended(make, y, max(1, inner // self.squeeze))
        return _projected(make, x, y, proportional(channels, self.growth, self.least, self.most))


@frozen
class FusedInvertedResidual(ImageBlock):
    """Inverted residual with a full convolution in it, of EfficientNetV2 (Tan and Le, 2021).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride, growth *
    channels)`: convolution to `expansion` times the channels, linear 1x1 convolution; the input is
    added where the shape stays (section 3.2). More arithmetic than a depthwise one, and faster on
    large plates, where memory is what a depthwise convolution waits for. Without expansion there
    is one convolution, activated.
    """

    name = "fused_inverted_residual"
    kernel: str = tunable("3x3", choices=("3x3", "5x5"))  # height x width, pixels
    expansion: int = tunable(2, choices=(1, 2, 4))
    growth: float = tunable(1.0, choices=(1.0, 1.5, 2.0))
    stride: int = tunable(1, choices=(1, 2))
    activation: str = tunable("silu", choices=ACTIVATIONS)
    most: int = 512  # channels outside
    least: int = 1  # of them; more than a picture has, in front of a network

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        channels = make.shape(x)[2] or 1
        filters = proportional(channels, self.growth, self.least, self.most)
        inner = filters if self.expansion == 1 else self.expansion * channels
        y = make.convolution(x, inner, window(self.kernel), self.stride)
        y = _activated(make, y, self.activation)
        if self.expansion == 1:
            return make.add(x, y) if make.shape(x) == make.shape(y) else y
        return _projected(make, x, y, filters)

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        if before is None and self.expansion == 1 and self.activation in ("relu", "relu6"):
            return None  # behind a zero their slope is zero, for ever
        return ImageBlock.preserve(self, before, x, earlier)


def _activated(make: Operations, x: Tensor, activation: str) -> Tensor:
    return make.activation(make.normalise(x, BATCH), activation)


def _attended(make: Operations, x: Tensor, units: int) -> Tensor:
    """Scale each channel by what a small network reads from the averages of all."""
    channels = make.shape(x)[2] or 1
    gate = make.activation(make.biased(make.average(x), units), "relu")
    return make.multiply(x, make.activation(make.biased(gate, channels), "hard_sigmoid"))


def _projected(make: Operations, x: Tensor, y: Tensor, filters: int) -> Tensor:
    """Bring the inside to its outer channels, without activation; add the input if it fits."""
    y = make.normalise(make.convolution(y, filters, (1, 1)), BATCH)
    return make.add(x, y) if make.shape(x) == make.shape(y) else y
