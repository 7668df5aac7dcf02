"""The last real step of a clip: in a stream, the newest real one, held until the next.

With a mask, `archivolt_blocks.masks` counts real steps from the end, and takes the one that is
number 1. Here that is followed from operation to operation, and comes out as a state.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal
from archivolt_audio.streaming.steps import AtLast, FromEnd, Held, Steps

Tensor = Any


def turn(graph: StepGraph, op: Operation, x: Steps | FromEnd) -> FromEnd:
    """Turn a mask round; it can only be counted and turned back."""
    if isinstance(x, FromEnd):
        return x
    if len(x.tensor.shape) != 2 or op.axis not in (1, (1,), [1]):
        raise refusal(op, "it turns time round")
    return FromEnd(x)


def count(graph: StepGraph, op: Operation, x: Steps | FromEnd) -> FromEnd:
    if isinstance(x, FromEnd):
        return x
    raise refusal(op, "it numbers the steps of a clip, which a stream has no end of")


def compare(op: Operation, x: FromEnd, number: object) -> AtLast:
    if number != 1:
        raise refusal(op, "it asks for a step before the last")
    return AtLast(x.mask)


def only(op: Operation, condition: AtLast, x: Any, otherwise: object) -> Held:
    if not isinstance(x, Steps) or otherwise != 0:
        raise refusal(op, "it reads a sequence from its end")
    return Held(x, condition.mask)


def hold(graph: StepGraph, op: Operation, held: Held) -> Tensor:
    """Return the newest real step; zeros before the first."""
    newest = graph.at_end(op, held.x)
    real = ops.expand_dims(ops.cast(graph.at_end(op, held.mask), "bool"), axis=-1)
    state = graph.state(op, newest.shape[1:], newest.dtype)
    last = ops.where(real, newest, state.tensor)
    graph.keep(state, last)
    return last
