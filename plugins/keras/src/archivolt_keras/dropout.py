"""Dropout whose rate is a variable of the graph: another rate needs no other graph."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


class Rate:
    """A dropout rate that may change between epochs."""

    def __init__(self, value: float) -> None:
        self.variable = keras.Variable(value, trainable=False, dtype="float32", name="rate")

    def assign(self, value: float) -> None:
        self.variable.assign(value)


class VariableDropout(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """What `keras.layers.Dropout` does, at a rate that is read from a variable.

    It stands in networks that are trained; what is delivered has the plain layer instead.
    """

    def __init__(self, rate: Rate, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate  # no Variable itself, so Keras does not count it among the weights
        self.seed_generator = keras.random.SeedGenerator()
        self.supports_masking = True

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x
        rate = ops.convert_to_tensor(self.rate.variable)
        drawn = keras.random.uniform(ops.shape(x), dtype="float32", seed=self.seed_generator)
        scaled = x / ops.cast(1.0 - rate, x.dtype)
        return ops.where(drawn >= rate, scaled, ops.zeros_like(x))

    def compute_output_spec(self, x: Any, training: bool = False) -> Any:
        return keras.KerasTensor(x.shape, dtype=x.dtype)
