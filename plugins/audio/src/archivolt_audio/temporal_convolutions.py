"""Blocks that convolve over time and can keep every so many steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_audio.temporal_block import TemporalBlock, shortcut
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS
from archivolt_blocks.plan import finish
from archivolt_blocks.vectors import DROPOUTS

if TYPE_CHECKING:
    from archivolt_audio.temporal_maker import TemporalMaker

    Tensor = Any

FILTERS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
KERNELS = (3, 5, 7, 9, 11, 13, 15)  # steps


@frozen
class TcResnet(TemporalBlock):
    """Residual block of two convolutions over time, TC-ResNet (Choi et al., 2019).

    Maps `(batch, time, features)` to `(batch, time / stride, filters)`. Features are channels, so
    a window sees all frequencies at once. The way past the two convolutions is projected and
    activated where stride or width make it another shape. A `causal` block looks at no later step.
    """

    name = "tc_resnet"
    writes = SEQUENCE
    filters: int = tunable(24, choices=FILTERS)  # published: 16, 24, 32 and 48
    kernel: int = tunable(9, choices=KERNELS)  # steps
    stride: int = tunable(1, choices=(1, 2))
    causal: bool = tunable(False, choices=(False, True))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        bias = self.normalisation == "none"
        y = make.convolve(x, self.filters, self.kernel, self.stride, causal=self.causal, bias=bias)
        y = finish(make, y, self.normalisation, self.activation)
        y = make.convolve(y, self.filters, self.kernel, causal=self.causal, bias=bias)
        y = make.normalise(y, self.normalisation)
        past, projected = shortcut(make, x, self.filters, self.stride, self.normalisation)
        if projected:
            past = make.activation(past, self.activation)
        return make.activation(make.add(past, y), self.activation)


@frozen
class SeparableConv1D(TemporalBlock):
    """Depthwise convolution over time, then a pointwise one (Zhang et al., 2017; MatchboxNet).

    Maps `(batch, time, features)` to `(batch, time / stride, filters)`. `between` puts
    normalisation and activation between the two as well, as DS-CNN does; without it, with `repeats`
    and `skip`, it is the block of MatchboxNet (Majumdar and Ginsburg, 2020). The first repeat has
    the stride. A `causal` block looks at no later step. A stride and a dilation exclude each other.
    """

    name = "separable_conv1d"
    writes = SEQUENCE
    filters: int = tunable(64, choices=FILTERS)
    kernel: int = tunable(9, choices=KERNELS)  # steps
    stride: int = tunable(1, choices=(1, 2))
    dilation: int = tunable(1, choices=(1, 2, 4))  # steps from one weight to the next
    repeats: int = tunable(1, choices=(1, 2, 3))
    between: bool = tunable(False, choices=(False, True))
    skip: bool = tunable(False, choices=(False, True))
    causal: bool = tunable(False, choices=(False, True))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    dropout: float = tunable(0.0, choices=DROPOUTS)

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        y = x
        for repeat in range(self.repeats):
            stride = 1 if repeat else self.stride
            y = make.filter_each(y, self.kernel, stride, self.dilation, self.causal)
            if self.between:
                y = finish(make, y, self.normalisation, self.activation)
            y = make.dense(y, self.filters, bias=self.normalisation == "none")
            y = make.normalise(y, self.normalisation)
            if self.skip and repeat == self.repeats - 1:
                past, _ = shortcut(make, x, self.filters, self.stride, self.normalisation)
                y = make.add(past, y)
            y = finish(make, y, "none", self.activation, self.dropout)
        return y
