"""Blocks for images with several ways through them: residual, dual residual, inception."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE
from archivolt.values.tunable import tunable
from archivolt_blocks.convolutions import SQUARES
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock, finish, proportional, window


@frozen
class Residual(PlannedBlock):
    """Two convolutions and a shortcut past them (He et al., 2016).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride, growth *
    channels)`. The shortcut `identity` has no weights: where the shape changes it takes every
    second pixel and fills the new channels with zeros (the paper's option A); `projection` is a
    1x1 convolution (option C).
    """

    name = "residual"
    reads = writes = IMAGE
    kernel: str = tunable("3x3", choices=SQUARES)  # height x width, pixels
    growth: float = tunable(1.0, choices=(1.0, 2.0))
    stride: int = tunable(1, choices=(1, 2))
    shortcut: str = tunable("identity", choices=("identity", "projection"))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    most: int = 512  # channels
    least: int = 1  # channels; more than a picture has, in front of a network

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        filters = proportional(make.shape(x)[-1], self.growth, self.most, self.least)
        bias = self.normalisation == "none"
        y = make.convolution(x, filters, window(self.kernel), self.stride, bias=bias)
        y = finish(make, y, self.normalisation, self.activation)
        y = make.convolution(y, filters, window(self.kernel), bias=bias)
        y = make.normalise(y, self.normalisation)
        if self.shortcut == "projection":
            x = make.convolution(x, filters, (1, 1), self.stride, bias=bias)
            x = make.normalise(x, self.normalisation)
        else:
            if self.stride > 1:
                x = make.pool(x, "max", 1, self.stride)  # windows of one pixel: every second one
            x = make.match(x, filters)
        return make.activation(make.add(x, y), self.activation)


@frozen
class DualResidual(PlannedBlock):
    """Two parallel branches of two convolutions, half the channels each, and a shortcut.

    Maps `(batch, height, width, channels)` to the same shape (aggregated branches: Xie et al.,
    2017).
    """

    name = "dual_residual"
    reads = writes = IMAGE
    kernel: str = tunable("3x3", choices=SQUARES)  # height x width, pixels
    other_kernel: str = tunable("3x3", choices=SQUARES)  # of the second branch
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        channels = make.shape(x)[-1] or 1
        if channels < 2:
            raise SpaceError("dual_residual halves the channels, and the image has one.")
        bias = self.normalisation == "none"
        branches = []
        halves = (channels // 2, channels - channels // 2)
        for filters, kernel in zip(halves, (self.kernel, self.other_kernel), strict=True):
            y = make.convolution(x, filters, window(kernel), bias=bias)
            y = finish(make, y, self.normalisation, self.activation)
            y = make.convolution(y, filters, window(kernel), bias=bias)
            branches.append(make.normalise(y, self.normalisation))
        return make.activation(make.add(x, make.concatenate(branches)), self.activation)


@frozen
class Inception(PlannedBlock):
    """Parallel windows of several sizes behind a 1x1 reduction (Szegedy et al., 2015).

    Maps `(batch, height, width, channels)` to `(batch, height, width, 5 * share * channels)`: the
    reduced image, two convolutions of it, its local average and its local maximum side by side.
    """

    name = "inception"
    reads = writes = IMAGE
    share: float = tunable(0.2, choices=(0.2, 0.25, 0.5))  # of the channels, for each branch
    kernel: str = tunable("3x3", choices=SQUARES)  # height x width, pixels
    other_kernel: str = tunable("5x5", choices=("5x5", "7x7"))  # of the second convolution
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        channels = make.shape(x)[-1] or 1
        width = int(channels * self.share)
        if width < 1:
            raise SpaceError(
                f"inception takes {self.share:g} of {channels} channels: none is left."
            )

        def convolve(y: Tensor, kernel: str) -> Tensor:
            y = make.convolution(y, width, window(kernel), bias=self.normalisation == "none")
            return finish(make, y, self.normalisation, self.activation)

        reduced = convolve(x, "1x1")
        return make.concatenate(
            [
                reduced,
                convolve(reduced, self.kernel),
                convolve(reduced, self.other_kernel),
                make.pool(reduced, "average", 3, 1),
                make.pool(reduced, "max", 3, 1),
            ]
        )
