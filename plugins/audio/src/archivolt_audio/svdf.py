"""SVDF with what helps several of them to train: normalisation, a bottleneck, a way past.

A rank-constrained filter has two realisations that compute the same. To be trained, it is a dense
layer on the features of a step and a causal convolution over time of each unit alone: all steps at
once. To be streamed, it is a cell whose state holds the units of the newest `memory - 1` steps; see
`archivolt_audio.streaming`, which makes one of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_audio.temporal_block import TemporalBlock
from archivolt_blocks.maker import ACTIVATIONS, NORMALISATIONS
from archivolt_blocks.sequences import add_skip

if TYPE_CHECKING:
    from archivolt_audio.temporal_maker import TemporalMaker

    Tensor = Any


@frozen
class ResidualSvdf(TemporalBlock):
    """SVDF with normalisation, bottleneck and skip (Nakkiran, 2015; Alvarez and Park, 2019).

    Maps `(batch, time, features)` to `(batch, time, nodes)`, or `(batch, time, bottleneck)`. Each
    node weighs the features of a step, keeps the results of the newest `memory` steps and weighs
    those; `rank` such filters are added up. A linear bottleneck may follow, and the input be added,
    projected where its width differs. Causal. A memory longer than the sequence is refused. The
    plain layer is the block `svdf` of `archivolt-blocks`.
    """

    name = "residual_svdf"
    writes = SEQUENCE
    nodes: int = tunable(64, low=8, high=512, log=True)
    memory: int = tunable(8, low=2, high=64, log=True)  # steps
    rank: int = tunable(1, low=1, high=4)
    bottleneck: int = tunable(0, choices=(0, 8, 16, 24, 32, 48, 64, 96, 128))  # features; 0: none
    normalisation: str = tunable("batch", choices=NORMALISATIONS)
    activation: str = tunable("relu", choices=ACTIVATIONS)
    skip: bool = tunable(True, choices=(False, True))

    def plan(self, make: TemporalMaker, x: Tensor) -> Tensor:
        y = self._filter(make, x)
        for _ in range(self.rank - 1):
            y = make.add(y, self._filter(make, x))
        y = make.activation(make.normalise(y, self.normalisation), self.activation)
        if self.bottleneck:
            y = make.dense(y, self.bottleneck)
        return add_skip(make, x, y) if self.skip else y

    def _filter(self, make: TemporalMaker, x: Tensor) -> Tensor:
        weighed = make.dense(x, self.nodes, bias=False)
        return make.filter_over_time(weighed, self.memory, bias=self.normalisation == "none")
