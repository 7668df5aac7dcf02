"""Sums, averages and maxima over time: of the steps so far, after each call.

Their states begin with zeros as all do, so a maximum is told whether it has begun.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal
from archivolt_audio.streaming.last_step import hold
from archivolt_audio.streaming.pointwise import each_step
from archivolt_audio.streaming.steps import TIME, Held, Steps

Tensor = Any


def reduce(graph: StepGraph, op: Operation, x: Any) -> Any:
    """Reduce along axes: of a step at once, over time with a state."""
    if isinstance(x, Held):
        return _shaped(op, hold(graph, op, x))
    axes = [axis % len(x.tensor.shape) for axis in _axes(op, len(x.tensor.shape))]
    if TIME not in axes:
        return each_step(graph, op, x)
    if axes != [TIME]:
        raise refusal(op, "it reduces time together with other axes")
    over = {"Sum": total, "Mean": average, "Max": maximum, "Any": ever}.get(type(op).__name__)
    if over is None:
        raise refusal(op, "it sums up all steps in a way that no state can go on with")
    return _shaped(op, over(graph, op, x))


def total(graph: StepGraph, op: Operation, x: Steps) -> Tensor:
    newest = graph.at_end(op, x)
    state = graph.state(op, newest.shape[1:], newest.dtype)
    added = ops.add(state.tensor, newest)
    graph.keep(state, added)
    return added


def average(graph: StepGraph, op: Operation, x: Steps, mask: Steps | None = None) -> Tensor:
    """Average the steps so far, those that a mask says are real."""
    newest = graph.at_end(op, x)
    count = graph.state(op, (1,), newest.dtype)
    real = ops.ones_like(count.tensor)
    if mask is not None:
        there = ops.expand_dims(graph.at_end(op, mask), axis=-1)
        newest, real = ops.where(there, newest, 0.0), ops.cast(there, newest.dtype)
    steps = ops.add(count.tensor, real)
    graph.keep(count, steps)
    summed = graph.state(op, newest.shape[1:], newest.dtype)
    added = ops.add(summed.tensor, newest)
    graph.keep(summed, added)
    return ops.divide(added, ops.maximum(steps, 1.0))


def maximum(graph: StepGraph, op: Operation, x: Steps) -> Tensor:
    newest = graph.at_end(op, x)
    begun = graph.state(op, (1,), newest.dtype)
    graph.keep(begun, ops.ones_like(begun.tensor))
    state = graph.state(op, newest.shape[1:], newest.dtype)
    known = ops.greater(begun.tensor, 0.0)
    highest = ops.where(known, ops.maximum(state.tensor, newest), newest)
    graph.keep(state, highest)
    return highest


def ever(graph: StepGraph, op: Operation, x: Steps) -> Tensor:
    newest = ops.cast(graph.at_end(op, x), "float32")
    state = graph.state(op, newest.shape[1:], "float32")
    highest = ops.maximum(state.tensor, newest)
    graph.keep(state, highest)
    return ops.greater(highest, 0.0)


def pool_average(graph: StepGraph, op: Operation, x: Steps, mask: Steps | None = None) -> Tensor:
    return _shaped(op, average(graph, op, x, mask))


def pool_maximum(graph: StepGraph, op: Operation, x: Steps) -> Tensor:
    return _shaped(op, maximum(graph, op, x))


def _axes(op: Operation, rank: int) -> list[int]:
    axis = op.axis
    if axis is None:
        return list(range(rank))
    return list(axis) if isinstance(axis, (list, tuple)) else [axis]


def _shaped(op: Operation, x: Tensor) -> Tensor:
    return ops.expand_dims(x, axis=TIME) if op.keepdims else x
