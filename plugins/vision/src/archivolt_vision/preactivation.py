"""The residual block whose shortcut nothing stands on."""

from __future__ import annotations

from attrs import frozen

from archivolt.values.tunable import tunable
from archivolt_vision.image_block import ImageBlock, proportional, window
from archivolt_vision.operations import BATCH, Operations, Tensor

ACTIVATIONS = ("relu", "silu", "gelu")


@frozen
class PreactivationResidual(ImageBlock):
    """Residual block that normalises and activates before it convolves (He et al., 2016).

    Maps `(batch, height, width, channels)` to `(batch, height / stride, width / stride, growth *
    channels)`: twice normalisation, activation and convolution, and the input added untouched
    (Identity Mappings in Deep Residual Networks, figure 4e). Where the shape changes, a 1x1
    convolution of the activated input is added instead.
    """

    name = "preactivation_residual"
    kernel: str = tunable("3x3", choices=("3x3", "5x5"))  # height x width, pixels
    growth: float = tunable(1.0, choices=(1.0, 1.5, 2.0))
    stride: int = tunable(1, choices=(1, 2))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    most: int = 512  # channels
    least: int = 1  # of them; more than a picture has, in front of a network

    def plan(self, make: Operations, x: Tensor) -> Tensor:
        filters = proportional(make.shape(x)[2], self.growth, self.least, self.most)
        active = make.activation(make.normalise(x, BATCH), self.activation)
        past = x
        if self.stride > 1 or filters != make.shape(x)[2]:
            past = make.convolution(active, filters, (1, 1), self.stride)
        y = make.convolution(active, filters, window(self.kernel), self.stride)
        y = make.activation(make.normalise(y, BATCH), self.activation)
        return make.add(past, make.convolution(y, filters, window(self.kernel)))
