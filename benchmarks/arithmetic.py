"""The floor of a training: its products and convolutions, timed alone on one core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from time import process_time
from typing import Any

import numpy as np
from attrs import frozen

ENOUGH, ROUNDS = 0.03, 3  # seconds of a round of measuring


@frozen
class Product:
    """What one layer multiplies for one example: a matrix product or a convolution."""

    kind: str  # "dense" or "convolution"
    inputs: tuple[int, ...]  # shape of an example
    weights: tuple[int, ...]
    strides: tuple[int, ...] = (1, 1)
    padding: str = "SAME"
    first: bool = False  # the features need no gradient


def products(model: Any) -> tuple[Product, ...]:
    """List the products of a Keras model of dense layers and convolutions."""
    found = []
    for layer in model.layers:
        kind = {"Dense": "dense", "Conv2D": "convolution"}.get(type(layer).__name__)
        if kind is None:
            continue
        found.append(
            Product(
                kind,
                tuple(layer.input.shape[1:]),
                tuple(layer.kernel.shape),
                tuple(getattr(layer, "strides", (1, 1))),
                str(getattr(layer, "padding", "same")).upper(),
                first=not found,
            )
        )
    return tuple(found)


def training_seconds(
    model: Sequence[Product], rows: int, batch: int, epochs: int, scored: int
) -> float:
    """Return the seconds of a training's arithmetic: `epochs` of steps, each with one scoring."""
    full, rest = divmod(rows, batch)
    seconds = full * _once(tuple(model), batch, True)
    if rest:
        seconds += _once(tuple(model), rest, True)
    if scored:
        seconds += _once(tuple(model), scored, False)
    return epochs * seconds


@cache
def _once(model: tuple[Product, ...], batch: int, training: bool) -> float:
    """Time all products for one batch, in one thread: the median of some rounds of a compiled loop.

    For training, each comes with its gradients by the weights and, but for the first layer, by the
    input. Called one by one from Python they would wait for fresh memory each time.
    """
    import tensorflow as tf

    rng = np.random.default_rng(0)
    calls = [call for product in model for call in _calls(product, batch, training, rng)]

    def body(index: Any, total: Any) -> tuple[Any, Any]:
        for call in calls:
            with tf.control_dependencies([total]):
                total += tf.reshape(call(), [-1])[0]
        return index + 1, total

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def repeat(times: Any) -> Any:
        loop = (tf.constant(0), tf.constant(0.0))
        return tf.while_loop(lambda index, _: index < times, body, loop, parallel_iterations=1)

    times = 1
    while _timed(repeat, times) < ENOUGH:
        times *= 2
    return float(np.median([_timed(repeat, times) for _ in range(ROUNDS)])) / times


def _timed(repeat: Callable[[Any], Any], times: int) -> float:
    import tensorflow as tf

    count = tf.constant(times)
    repeat(count)
    began = process_time()  # other load moves it less than the clock
    repeat(count)
    return process_time() - began


def _calls(
    product: Product, batch: int, training: bool, rng: np.random.Generator
) -> list[Callable[[], Any]]:
    import tensorflow as tf

    def numbers(*shape: int) -> Any:
        return tf.constant(rng.standard_normal(shape).astype(np.float32))

    x, w = numbers(batch, *product.inputs), numbers(*product.weights)
    if product.kind == "dense":
        slope = numbers(batch, product.weights[1])
        calls = [
            lambda: tf.matmul(x, w),
            lambda: tf.matmul(x, slope, transpose_a=True),
            lambda: tf.matmul(slope, w, transpose_b=True),
        ]
    else:
        options = {"strides": [1, *product.strides, 1], "padding": product.padding}
        slope = tf.nn.conv2d(x, w, **options)
        calls = [
            lambda: tf.raw_ops.Conv2D(input=x, filter=w, **options),
            lambda: tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=w.shape, out_backprop=slope, **options
            ),
            lambda: tf.raw_ops.Conv2DBackpropInput(
                input_sizes=x.shape, filter=w, out_backprop=slope, **options
            ),
        ]
    if not training:
        return calls[:1]
    return calls[:2] if product.first else calls
