"""The gated linear unit on vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from archivolt import Block, Features, Footprint, tunable, vector

GATES = ("sigmoid", "silu", "gelu", "relu", "linear")


@frozen
class GatedDense(Block):
    """Gated linear unit: a dense layer times a gate (Dauphin et al., 2017, section 2).

    Maps `(batch, features)` to `(batch, units)`. With other gates than the sigmoid it is one of the
    variants of Shazeer (2020): GEGLU, SwiGLU, ReGLU, bilinear.
    """

    name = "gated_dense"
    reads = writes = "vector"
    units: int = tunable(64, choices=(16, 32, 64, 128, 256))
    gate: str = tunable("sigmoid", choices=GATES)

    def build(self, x: Any, earlier: Sequence[Any]) -> Any:
        from keras import layers

        gate = layers.Dense(self.units, activation=self.gate)(x)
        return layers.Multiply()([layers.Dense(self.units)(x), gate])

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        # Told from the shapes, a search need not build the block to know what it costs.
        kernel = x.channels * self.units
        return Footprint(vector(self.units), 2 * (kernel + self.units), 4 * kernel)
