"""Whole networks that were published for pictures of about 32 pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.components.block import Block
from archivolt.errors import SpaceError
from archivolt.values.features import IMAGE, VECTOR, Features, vector
from archivolt.values.footprint import Footprint
from archivolt.values.tunable import tunable

if TYPE_CHECKING:
    Tensor = Any

_LEAST_LENET = 16  # pixels of a side: what its windows leave something of
_WINDOW = 5  # pixels, of LeNet-5
_MAPS, _UNITS = (6, 16), (120, 84)  # of LeNet-5
_STATISTICS = 4  # numbers of a batch normalisation for each channel


@frozen
class Lenet(Block):
    """LeNet-5, a whole network of two convolutions (LeCun et al., 1998, section II.B).

    Maps `(batch, height, width, channels)` to `(batch, 84 * width)`. Every map of the first
    convolution leads to every one of the second, and pooling has no weights.
    """

    name = "lenet"
    reads = IMAGE
    writes = VECTOR
    width: int = tunable(1, choices=(1, 2, 4))  # times the published 6, 16, 120 and 84
    activation: str = tunable("tanh", choices=("tanh", "relu"))
    pooling: str = tunable("average", choices=("average", "max"))

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from keras import layers

        _check_plate(x.shape[1:3])
        pool = layers.AveragePooling2D if self.pooling == "average" else layers.MaxPooling2D
        for maps in _MAPS:
            x = layers.Conv2D(maps * self.width, _WINDOW, activation=self.activation)(x)
            x = pool(2)(x)
        x = layers.Flatten()(x)
        for units in _UNITS:
            x = layers.Dense(units * self.width, activation=self.activation)(x)
        return x

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        height, width = _check_plate(x.shape[:2])
        given, parameters, flops = x.channels, 0, 0
        for maps in _MAPS:
            kernel, made = _WINDOW**2 * given * maps * self.width, maps * self.width
            height, width = height - _WINDOW + 1, width - _WINDOW + 1
            parameters, flops = parameters + kernel + made, flops + 2 * height * width * kernel
            height, width, given = height // 2, width // 2, made
        given *= height * width
        for units in _UNITS:
            kernel, made = given * units * self.width, units * self.width
            parameters, flops, given = parameters + kernel + made, flops + 2 * kernel, made
        return Footprint(vector(given), parameters, flops)


def _check_plate(plate: Sequence[int | None]) -> tuple[int, int]:
    height, width = plate
    if height is None or width is None or min(height, width) < _LEAST_LENET:
        shown = " x ".join(str(each or "any") for each in plate)
        raise SpaceError(f"LeNet-5 needs pictures of {_LEAST_LENET} pixels a side, not {shown}.")
    return height, width


@frozen
class SmallResnet(Block):
    """Residual network for small pictures, a whole one (He et al., 2016, section 4.2).

    Maps `(batch, height, width, channels)` to `(batch, 4 * filters)`: a convolution, three stages
    of residual blocks with filters, twice and four times as many, the plate halved between them,
    and the average of all positions. Shortcuts have no weights: where the shape changes, every
    other position is taken and zeros stand for the new channels.
    """

    name = "small_resnet"
    reads = IMAGE
    writes = VECTOR
    depth: int = tunable(8, choices=(8, 14, 20, 32, 44, 56))  # layers with weights, head included
    filters: int = tunable(16, choices=(8, 12, 16, 24, 32))  # of the first stage; published: 16

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from keras import layers

        x = layers.Activation("relu")(_convolved(x, self.filters))
        for filters, stride in self._residuals():
            x = _residual(x, filters, stride)
        return layers.GlobalAveragePooling2D()(x)

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        height, width, given = x.shape[0] or 1, x.shape[1] or 1, x.channels
        parameters = flops = 0
        pairs = (((filters, stride), (filters, 1)) for filters, stride in self._residuals())
        for filters, stride in ((self.filters, 1), *(each for pair in pairs for each in pair)):
            kernel = 9 * given * filters
            height, width, given = -(-height // stride), -(-width // stride), filters
            parameters += kernel + _STATISTICS * filters
            flops += 2 * height * width * kernel
        return Footprint(vector(given), parameters, flops)

    def _residuals(self) -> Iterator[tuple[int, int]]:
        """Yield filters and stride of each residual block."""
        for stage in range(3):
            for place in range((self.depth - 2) // 6):
                yield self.filters << stage, 2 if stage and not place else 1


def _residual(x: Tensor, filters: int, stride: int) -> Tensor:
    from keras import layers, ops

    y = layers.Activation("relu")(_convolved(x, filters, stride))
    y = _convolved(y, filters)
    if stride > 1:
        x = layers.MaxPooling2D(1, strides=stride, padding="same")(x)
    if filters > x.shape[-1]:
        x = ops.pad(x, [[0, 0], [0, 0], [0, 0], [0, filters - x.shape[-1]]])
    return layers.Activation("relu")(layers.Add()([x, y]))


def _convolved(x: Tensor, filters: int, stride: int = 1) -> Tensor:
    from keras import layers

    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)  # for trainings of some hundred steps
