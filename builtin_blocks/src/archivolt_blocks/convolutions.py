"""Blocks for images that convolve once."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import IMAGE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock, finish, proportional, window

SQUARES = ("3x3", "4x4", "5x5")
KERNELS = ("1x1", *SQUARES, "7x7", "1x3", "1x5", "1x7", "3x1", "5x1", "7x1")


@frozen
class Convolution(PlannedBlock):
    """Convolution to a number of channels, with normalisation and activation.

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride,
    filters)` (LeCun et al., 1998; dilation: Yu and Koltun, 2016). A stride and a dilation exclude
    each other.
    """

    name = "convolution"
    reads = writes = IMAGE
    filters: int = tunable(32, choices=(8, 16, 24, 32, 48, 64, 96, 120, 128, 256))
    kernel: str = tunable("3x3", choices=KERNELS)  # height x width, pixels
    stride: int = tunable(1, choices=(1, 2))
    dilation: int = tunable(1, choices=(1, 2, 4))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        x = make.convolution(
            x,
            self.filters,
            window(self.kernel),
            self.stride,
            self.dilation,
            bias=self.normalisation == "none",
        )
        return finish(make, x, self.normalisation, self.activation)


@frozen
class PyramidConvolution(PlannedBlock):
    """Convolution in proportion to its input: keeps the channels or doubles them.

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride,
    growth * channels)` (Han et al., 2017).
    """

    name = "pyramid_convolution"
    reads = writes = IMAGE
    growth: float = tunable(1.0, choices=(0.5, 1.0, 2.0))
    kernel: str = tunable("3x3", choices=KERNELS)  # height x width, pixels
    stride: int = tunable(1, choices=(1, 2))
    dilation: int = tunable(1, choices=(1, 2, 4))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    most: int = 512  # channels

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        filters = proportional(make.shape(x)[-1], self.growth, self.most)
        bias = self.normalisation == "none"
        x = make.convolution(x, filters, window(self.kernel), self.stride, self.dilation, bias)
        return finish(make, x, self.normalisation, self.activation)


@frozen
class DownsampleConvolution(PlannedBlock):
    """Convolution that halves height and width and doubles the channels.

    Maps `(batch, height, width, channels)` to `(batch, height / 2, width / 2, growth *
    channels)` (Springenberg et al., 2015): the usual reduction between cells.
    """

    name = "downsample_convolution"
    reads = writes = IMAGE
    kernel: str = tunable("3x3", choices=SQUARES)  # height x width, pixels
    growth: float = tunable(2.0, choices=(1.0, 1.5, 2.0))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    most: int = 512  # channels
    least: int = 1  # channels; more than a picture has, in front of a network

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        filters = proportional(make.shape(x)[-1], self.growth, self.most, self.least)
        bias = self.normalisation == "none"
        x = make.convolution(x, filters, window(self.kernel), stride=2, bias=bias)
        return finish(make, x, self.normalisation, self.activation)


@frozen
class SeparableConvolution(PlannedBlock):
    """Depthwise, then pointwise convolution (Howard et al., 2017).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride,
    filters)`.
    """

    name = "separable_convolution"
    reads = writes = IMAGE
    filters: int = tunable(32, choices=(8, 16, 24, 32, 48, 64, 96, 128, 256))
    kernel: str = tunable("3x3", choices=("3x3", "5x5", "7x7"))  # height x width, pixels
    stride: int = tunable(1, choices=(1, 2))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        bias = self.normalisation == "none"
        x = make.separable(x, self.filters, window(self.kernel), self.stride, bias)
        return finish(make, x, self.normalisation, self.activation)
