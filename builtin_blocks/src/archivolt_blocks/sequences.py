"""Blocks for sequences that look at a few steps at once: dense, convolution, SVDF."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock, finish
from archivolt_blocks.vectors import DROPOUTS

UNITS = (16, 32, 64, 96, 128, 192, 256, 512, 768, 1024)


@frozen
class SequenceIdentity(PlannedBlock):
    """Hands a sequence on: lets a search of fixed depth have shallower networks."""

    name = "sequence_identity"
    reads = writes = SEQUENCE

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        return make.same(x)


@frozen
class StepDense(PlannedBlock):
    """Dense layer on each step of a sequence by itself.

    Maps `(batch, time, features)` to `(batch, time, units)`: a convolution over one step (Lin et
    al., 2014, for sequences). `skip` adds the input, projected where its width differs.
    """

    name = "step_dense"
    reads = writes = SEQUENCE
    units: int = tunable(128, choices=UNITS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    normalisation: str = tunable("none", choices=NORMALISATIONS)
    dropout: float = tunable(0.0, choices=DROPOUTS)
    skip: bool = tunable(False, choices=(False, True))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = make.dense(x, self.units, bias=self.normalisation == "none")
        y = finish(make, y, self.normalisation, self.activation, self.dropout)
        return add_skip(make, x, y) if self.skip else y


@frozen
class Conv1D(PlannedBlock):
    """Convolution over time, with normalisation, activation and skip (van den Oord et al., 2016).

    Maps `(batch, time, features)` to `(batch, time, filters)`. A `causal` one looks at no later
    step; `skip` adds the input, projected where its width differs (Bai et al., 2018). A window
    longer than the sequence is refused.
    """

    name = "conv1d"
    reads = writes = SEQUENCE
    filters: int = tunable(128, choices=UNITS)
    kernel: int = tunable(3, choices=(1, 2, 3, 4, 5, 7, 9))  # steps
    dilation: int = tunable(1, choices=(1, 2, 4, 8))  # steps from one weight to the next
    causal: bool = tunable(False, choices=(False, True))
    skip: bool = tunable(False, choices=(False, True))
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        bias = self.normalisation == "none"
        y = make.convolution_over_time(
            x, self.filters, self.kernel, self.dilation, self.causal, bias
        )
        y = finish(make, y, self.normalisation, self.activation)
        return add_skip(make, x, y) if self.skip else y


@frozen
class Svdf(PlannedBlock):
    """Filters over time and features of low rank (Nakkiran et al., 2015: SVDF).

    Maps `(batch, time, features)` to `(batch, time, units)`, or `(batch, time, projection)`. Each
    unit weighs the features of a step, keeps the results of the newest `memory` steps and weighs
    those; `rank` such filters are added up. Realised as a causal convolution, which is fast to
    train and computes what a streaming cell with that memory would. A linear map to `projection`
    numbers may follow. A memory longer than the sequence is refused.
    """

    name = "svdf"
    reads = writes = SEQUENCE
    units: int = tunable(64, low=16, high=1024, log=True)
    memory: int = tunable(4, low=1, high=64, log=True)  # steps
    rank: int = tunable(1, low=1, high=4)
    projection: int = tunable(0, low=0, high=512)  # features; 0: none
    activation: str = tunable("relu", choices=ACTIVATIONS)

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = self._filter(make, x, bias=True)
        for _ in range(self.rank - 1):
            y = make.add(y, self._filter(make, x, bias=False))
        y = make.activation(y, self.activation)
        return make.dense(y, self.projection) if self.projection else y

    def _filter(self, make: Maker, x: Tensor, bias: bool) -> Tensor:
        weighed = make.dense(x, self.units, bias=False)
        return make.filter_over_time(weighed, self.memory, bias)


def add_skip(make: Maker, x: Tensor, y: Tensor) -> Tensor:
    """Bring a sequence past the layers that made `y` of it, projected to the width of `y`."""
    width = make.shape(y)[-1] or 1
    if make.shape(x)[-1] != width:
        x = make.dense(x, width, bias=False)
    return make.add(x, y)
