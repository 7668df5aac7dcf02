"""Blocks of networks that take over from vision transformers what works: ConvNeXt."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import gt

from archivolt.values.tunable import tunable
from archivolt_vision.image_block import ImageBlock, window
from archivolt_vision.operations import BATCH, LAYER, Operations, Tensor


@frozen
class ConvNext(ImageBlock):
    """ConvNeXt: large depthwise window, inverted bottleneck, layer scale (Liu et al., 2022).

    Maps `(batch, height, width, channels)` to the same shape: depthwise convolution, layer
    normalisation, 1x1 convolutions to `expansion` times the channels and back with a GELU between,
    a factor a channel that begins as `scale`, and the input added (section 2.6, figure 4).
    """

    name = "convnext"
    kernel: str = tunable("7x7", choices=("3x3", "5x5", "7x7", "9x9"))  # height x width, pixels
    expansion: int = tunable(4, choices=(2, 3, 4))
    scale: float = field(default=1e-6, validator=gt(0.0))  # at first

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        channels = make.shape(x)[2] or 1
        y = make.normalise(make.depthwise(x, window(self.kernel), bias=True), LAYER)
        y = make.activation(make.biased(y, self.expansion * channels), "gelu")
        return make.add(x, make.scale(make.biased(y, channels), self.scale))


@frozen
class Patchify(ImageBlock):
    """Cut a picture into patches, each a position of the next one (Dosovitskiy et al., 2021).

    Maps `(batch, height, width, channels)` to `(batch, height / size, width / size, filters)`: a
    convolution whose windows touch and do not overlap, then normalisation. With layer
    normalisation it is the stem of ConvNeXt (Liu et al., 2022, section 2.2).
    """

    name = "patchify"
    size: int = tunable(2, choices=(2, 4))  # pixels, both ways
    filters: int = tunable(32, choices=(16, 24, 32, 48, 64, 96))
    normalisation: str = tunable(LAYER, choices=(LAYER, BATCH))

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        y = make.convolution(x, self.filters, (self.size, self.size), self.size)
        return make.normalise(y, self.normalisation)
