"""Connectors: from images and sequences to vectors. The space puts them where the kind changes."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import IMAGE, SEQUENCE, VECTOR
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import Maker, Tensor
from archivolt_blocks.plan import PlannedBlock

ENOUGH_CHANNELS = 300  # where the convolutions of `downsample` end, if not at one pixel
MOST_CHANNELS = 1000


@frozen
class ImageToVector(PlannedBlock):
    """Makes a vector of an image: by global pooling, flattening or strided convolutions.

    Maps `(batch, height, width, channels)` to `(batch, channels)` (`average`: Lin et al., 2014;
    `max`), to `(batch, height * width * channels)` (`flatten`), or halves the plate and doubles
    the channels by convolutions until one pixel or 300 channels are left (`downsample`).
    """

    name = "image_to_vector"
    reads = IMAGE
    writes = VECTOR
    connector = True
    mode: str = tunable("average", choices=("average", "max", "flatten", "downsample"))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        if self.mode == "flatten":
            return make.flatten(x)
        if self.mode == "downsample":
            return make.flatten(_downsample(make, x))
        return make.pool_all(x, self.mode)


def _downsample(make: Maker, x: Tensor) -> Tensor:
    while True:
        height, width, channels = make.shape(x)
        if None in (height, width) or (height, width) == (1, 1):
            return x
        if (channels or 1) > ENOUGH_CHANNELS:
            return x
        kernel = (min(3, height or 1), min(3, width or 1))
        if 1 in (height, width):  # a stride of 2 does not fit on a side of one pixel
            return x
        x = make.convolution(x, min(MOST_CHANNELS, 2 * (channels or 1)), kernel, stride=2)
        x = make.activation(x, "relu")


@frozen
class SequenceToVector(PlannedBlock):
    """Makes a vector of a sequence: its last step, the average or maximum over time, or all of it.

    Maps `(batch, time, features)` to `(batch, features)`, or to `(batch, time * features)`
    (`flatten`, for sequences of one length). Steps that a mask marks as padding count nowhere: the
    last step is the last real one, and flattened they are zeros.
    """

    name = "sequence_to_vector"
    reads = SEQUENCE
    writes = VECTOR
    connector = True
    mode: str = tunable("average", choices=("last", "average", "max", "flatten"))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        if self.mode == "flatten":
            return make.flatten(x)
        return make.last(x) if self.mode == "last" else make.pool_all(x, self.mode)
