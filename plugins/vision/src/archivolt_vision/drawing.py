"""A layer that changes each picture by one of several layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from keras import layers, random

Tensor = Any


class OneOf(layers.Layer):  # type: ignore[misc]
    """Draws one of several layers for each picture; each does no more than its own pictures."""

    def __init__(self, choices: Sequence[layers.Layer], seed: int) -> None:
        super().__init__()
        self.choices = list(choices)
        self.generator = random.SeedGenerator(seed)

    def build(self, shape: Sequence[int | None]) -> None:
        for layer in self.choices:
            layer.build(shape)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        if not training:
            return x
        pictures = tf.shape(x)[0]
        drawn = random.randint((pictures,), 0, len(self.choices), seed=self.generator)
        whose = tf.dynamic_partition(tf.range(pictures), drawn, len(self.choices))
        given = tf.dynamic_partition(x, drawn, len(self.choices))
        changed = [
            layer(part, training=True) for layer, part in zip(self.choices, given, strict=True)
        ]
        return tf.ensure_shape(tf.dynamic_stitch(whose, changed), x.shape)
