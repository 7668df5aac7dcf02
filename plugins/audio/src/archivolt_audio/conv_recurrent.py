"""A convolution over time and frequency, and a recurrent layer on what it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_audio.temporal_block import TemporalBlock
from archivolt_blocks.maker import ACTIVATIONS, GRU, NORMALISATIONS
from archivolt_blocks.plan import finish

if TYPE_CHECKING:
    from archivolt_audio.temporal_maker import TemporalMaker

    Tensor = Any


@frozen
class ConvRecurrent(TemporalBlock):
    """Strided convolution over time and frequency, then a GRU, CRNN (Arik et al., 2017).

    Maps `(batch, time, features)` to `(batch, time / stride, units)`, or twice the units both
    ways. The convolution takes the features for one axis of neighbours, such as mel bins; what its
    filters find in all of them is what the GRU reads. A `causal` block looks at no later step:
    then the GRU has one way, whatever `bidirectional` says.
    """

    name = "conv_recurrent"
    writes = SEQUENCE
    int8 = False  # LiteRT's converter ends with a memory fault on a loop over time
    filters: int = tunable(16, choices=(4, 8, 16, 24, 32))  # published: 32
    kernel: int = tunable(5, choices=(3, 5, 10, 20))  # steps
    bins: int = tunable(5, choices=(3, 5, 8))  # features of a window
    stride: int = tunable(2, choices=(1, 2, 4, 8))  # steps
    bin_stride: int = tunable(2, choices=(1, 2, 4))  # features
    units: int = tunable(32, choices=(8, 16, 24, 32, 48, 64, 96, 128))
    bidirectional: bool = tunable(False, choices=(False, True))
    causal: bool = tunable(False, choices=(False, True))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def unused(self) -> frozenset[str]:
        return frozenset({"bidirectional"}) if self.causal else frozenset()

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        y = make.convolve_plane(
            x,
            self.filters,
            (self.kernel, self.bins),
            (self.stride, self.bin_stride),
            causal=self.causal,
            bias=self.normalisation == "none",
        )
        y = finish(make, y, self.normalisation, self.activation)
        y = make.join_bins(x, y, self.stride)
        return make.recurrent(y, GRU, self.units, self.bidirectional and not self.causal)
