"""Several small networks in one block, most of their weights shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from archivolt.components.block import Block
from archivolt.values.features import VECTOR, Features, vector
from archivolt.values.footprint import Footprint
from archivolt.values.tunable import tunable
from archivolt_blocks.maker import ACTIVATIONS

Tensor = Any


@frozen
class BatchEnsemble(Block):
    """Members that share their kernels and differ by scales (Wen et al., 2020; TabM, 2024).

    Maps `(batch, features)` to `(batch, units)`: each member scales its input and its output
    number by number, adds its own bias, and at the end the members are averaged. The dense layer
    that follows thus averages their logits. It costs `members` times what one dense layer does.
    """

    name = "batch_ensemble"
    reads = writes = VECTOR
    units: int = tunable(128, choices=(32, 64, 128, 256, 512))
    depth: int = tunable(2, choices=(1, 2, 3))  # dense layers of a member
    members: int = tunable(8, choices=(4, 8, 16, 32))
    activation: str = tunable("relu", choices=ACTIVATIONS)
    dropout: float = tunable(0.0, choices=(0.0, 0.05, 0.1, 0.2))

    def build(self, x: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        from keras import initializers, layers, ops

        # Members begin apart by random scales of the input alone (TabM); all others begin at 1.
        x = layers.EinsumDense(
            "bf,mf->bmf",
            (self.members, x.shape[-1]),
            kernel_initializer=initializers.RandomNormal(1.0, 0.5),
        )(x)
        for _ in range(self.depth):
            x = layers.Dense(self.units, use_bias=False)(x)
            x = layers.EinsumDense(
                "bmu,mu->bmu",
                (self.members, self.units),
                bias_axes="mu",
                kernel_initializer="ones",
            )(x)
            x = layers.Activation(self.activation)(x)
            if self.dropout:
                x = layers.Dropout(self.dropout)(x)
        return ops.mean(x, axis=1)

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        width = x.channels
        parameters, flops = self.members * width, self.members * width
        for _ in range(self.depth):
            scales = self.members * self.units
            parameters += width * self.units + 2 * scales
            flops += self.members * width * self.units + scales
            width = self.units
        return Footprint(vector(self.units), parameters, 2 * flops)
