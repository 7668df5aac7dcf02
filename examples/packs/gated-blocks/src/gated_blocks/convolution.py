"""The gated linear unit on pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from archivolt import Block, tunable
from gated_blocks.dense import GATES


@frozen
class GatedConvolution(Block):
    """Convolution times a gate, which is a convolution too (Dauphin et al., 2017, section 2).

    Maps `(batch, height, width, channels)` to `(batch, height, width, filters)`; in two dimensions
    as in van den Oord et al. (2016, section 2.3), with normalisation before both.
    """

    name = "gated_convolution"
    reads = writes = "image"
    filters: int = tunable(16, choices=(8, 16, 32, 64))
    kernel_size: int = tunable(3, choices=(1, 3, 5))  # pixels
    gate: str = tunable("sigmoid", choices=GATES)

    def build(self, x: Any, earlier: Sequence[Any]) -> Any:
        from keras import layers

        x = layers.BatchNormalization()(x)
        size = (self.filters, self.kernel_size)
        gate = layers.Conv2D(*size, padding="same", activation=self.gate)(x)
        return layers.Multiply()([layers.Conv2D(*size, padding="same")(x), gate])
