"""Blocks for sequences that carry a state from step to step."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from archivolt.values.features import SEQUENCE
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import GRU, LSTM, RNN, Maker, Tensor
from archivolt_blocks.plan import PlannedBlock
from archivolt_blocks.sequences import UNITS, add_skip


@frozen
class Recurrent(PlannedBlock):
    """A recurrent cell, its output at every step."""

    reads = writes = SEQUENCE
    int8 = False  # LiteRT's converter ends with a memory fault on a loop over time
    units: int = tunable(64, choices=UNITS)
    skip: bool = tunable(False, choices=(False, True))
    bidirectional: bool = tunable(False, choices=(False, True))

    def plan(self, make: Maker, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        y = make.recurrent(x, self.name, self.units, self.bidirectional)
        return add_skip(make, x, y) if self.skip else y


@frozen
class SimpleRnn(Recurrent):
    """Recurrent layer with a tanh cell (Elman, 1990).

    Maps `(batch, time, features)` to `(batch, time, units)`. `bidirectional` (Schuster and
    Paliwal, 1997) puts a second one beside it that runs from the last real step to the first, its
    outputs in the order of time: `(batch, time, 2 * units)`. `skip` adds the input, projected
    where its width differs.
    """

    name = RNN


@frozen
class Gru(Recurrent):
    """Gated recurrent unit (Cho et al., 2014).

    Maps `(batch, time, features)` to `(batch, time, units)`; `bidirectional` and `skip` as in
    `rnn`.
    """

    name = GRU


@frozen
class Lstm(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000).

    Maps `(batch, time, features)` to `(batch, time, units)`; `bidirectional` and `skip` as in
    `rnn`.
    """

    name = LSTM
