"""The floor of a training: its products and convolutions, timed alone on one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from time import perf_counter, process_time
from typing import Any

import numpy as np
from attrs import frozen

ENOUGH = 0.02  # seconds of measuring for each product


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
    model: Iterable[Product], rows: int, batch: int, epochs: int, scored: int
) -> float:
    """Return the seconds of a training's arithmetic: `epochs` of steps, each with one scoring."""
    full, rest = divmod(rows, batch)
    seconds = 0.0
    for product in model:
        seconds += full * _step(product, batch) + (_step(product, rest) if rest else 0.0)
        seconds += _forward(product, scored)
    return epochs * seconds


@cache
def _step(product: Product, batch: int) -> float:
    """Time forward product, gradient by the weights and, but for the first layer, by the input."""
    return sum(_time(call) for call in _calls(product, batch, training=True))


@cache
def _forward(product: Product, batch: int) -> float:
    return sum(_time(call) for call in _calls(product, batch, training=False))


def _time(call: Callable[[], Any]) -> float:
    call()
    times: list[float] = []
    end = perf_counter() + ENOUGH
    while perf_counter() < end or len(times) < 3:
        began = process_time()  # of all threads, one here; other load moves it less than the clock
        call()
        times.append(process_time() - began)
    return float(np.median(times))


def _calls(product: Product, batch: int, training: bool) -> list[Callable[[], Any]]:
    rng = np.random.default_rng(0)

    def numbers(*shape: int) -> Any:
        return rng.standard_normal(shape).astype(np.float32)

    x, w = numbers(batch, *product.inputs), numbers(*product.weights)
    if product.kind == "dense":
        x = x.reshape(-1, x.shape[-1])
        slope = numbers(len(x), w.shape[1])
        calls = [lambda: x @ w, lambda: x.T @ slope, lambda: slope @ w.T]
    else:
        calls = _convolutions(product, x, w)
    if not training:
        return calls[:1]
    return calls[:2] if product.first else calls


def _convolutions(product: Product, x: Any, w: Any) -> list[Callable[[], Any]]:
    import tensorflow as tf

    options = {"strides": [1, *product.strides, 1], "padding": product.padding}
    x, w = tf.constant(x), tf.constant(w)
    slope = tf.nn.conv2d(x, w, **options)
    return [
        lambda: tf.raw_ops.Conv2D(input=x, filter=w, **options),
        lambda: tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=w.shape, out_backprop=slope, **options
        ),
        lambda: tf.raw_ops.Conv2DBackpropInput(
            input_sizes=x.shape, filter=w, out_backprop=slope, **options
        ),
    ]
