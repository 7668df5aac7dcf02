"""What does with each step the same, whatever stands in the others."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
from keras import layers

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal, steps_in, tensors_of
from archivolt_audio.streaming.last_step import compare, only
from archivolt_audio.streaming.steps import TIME, AtLast, FromEnd, Steps


def each_step(graph: StepGraph, op: Operation, *args: Any, **kwargs: Any) -> Steps:
    """Apply an operation to the steps of a call as to those of a clip.

    Raises:
        NotStreamableError: it joins steps of unequal pace, or a sequence with what sums one up.
    """
    found = steps_in(op, (args, kwargs))
    paces = {each.every for each in found}
    if len(paces) > 1:
        raise refusal(op, f"it joins sequences with a step every {sorted(paces)} frames")
    if any(isinstance(each, keras.KerasTensor) for each in keras.tree.flatten((args, kwargs))):
        raise refusal(op, "it gives each step what was summed up of the whole clip")
    output = graph.call(op, *tensors_of(args), **tensors_of(kwargs))
    return Steps(output, found[0].every)


def along_features(graph: StepGraph, op: Operation, *args: Any, **kwargs: Any) -> Steps:
    """Apply what works along axes, which may not be that of time."""
    (first, *_) = steps_in(op, (args, kwargs))
    rank = len(first.tensor.shape)
    axes = op.axis if isinstance(op.axis, (list, tuple)) else [op.axis]
    if any(axis is None or axis % rank in (0, TIME) for axis in axes):
        raise refusal(op, "it works along time")
    return each_step(graph, op, *args, **kwargs)


def hand_on(graph: StepGraph, op: Operation, x: Steps, training: bool = False) -> Steps:
    """Leave out what does nothing outside training."""
    return x


def widen(graph: StepGraph, op: Operation, x: Steps | AtLast) -> Steps | AtLast:
    """Add an axis behind that of time."""
    if isinstance(x, AtLast):
        return x
    axis = op.axis
    if not isinstance(axis, int) or axis % (len(x.tensor.shape) + 1) <= TIME:
        raise refusal(op, "it moves the axis of time")
    return each_step(graph, op, x)


def equal(graph: StepGraph, op: Operation, x: Any, y: Any) -> Steps | AtLast:
    return compare(op, x, y) if isinstance(x, FromEnd) else each_step(graph, op, x, y)


def both(graph: StepGraph, op: Operation, x: Any, y: Any) -> Steps | AtLast:
    for one, other in ((x, y), (y, x)):
        if isinstance(one, AtLast) and isinstance(other, Steps):
            return AtLast(other)
    return each_step(graph, op, x, y)


def choose(graph: StepGraph, op: Operation, condition: Any, x: Any, y: Any) -> Any:
    if isinstance(condition, AtLast):
        return only(op, condition, x, y)
    return each_step(graph, op, condition, x, y)


def reshape(graph: StepGraph, op: Operation, x: Steps) -> Steps:
    """Give each step another shape."""
    steps_in(op, [x])
    given, target = tuple(op.input.shape[1:]), tuple(op.target_shape)
    rest = tuple(target[1:])
    size = prod(x.tensor.shape[2:])
    if -1 in rest:
        known = -prod(rest)
        rest = tuple(size // known if each == -1 else each for each in rest)
    if not rest or prod(rest) != size or target[0] not in (-1, given[0] or target[0]):
        raise refusal(op, "it mixes steps with features")
    return Steps(layers.Reshape((x.count, *rest))(x.tensor), x.every)


def pick(graph: StepGraph, op: Operation, x: Steps, key: Any) -> Any:
    """Take a part: of the features, every so many steps, or the last step."""
    steps_in(op, [x])
    parts = list(key) if isinstance(key, (tuple, list)) else [key]
    rank = len(x.tensor.shape)
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (rank - len(parts) + 1)
    parts += [slice(None)] * (rank - len(parts))
    batch, time, *rest = parts
    if batch != slice(None):
        raise refusal(op, "it takes some examples of a batch")
    if time == -1:
        return graph.at_end(op, x)[(slice(None), *rest)]
    if time == slice(None):
        return Steps(x.tensor[(slice(None), slice(None), *rest)], x.every)
    if isinstance(time, slice) and time == slice(None, None, time.step) and time.step > 0:
        return Steps(x.tensor[(slice(None), time, *rest)], x.every * time.step)
    raise refusal(op, "it takes certain steps of a clip, counted from its begin")


def fill_features(graph: StepGraph, op: Operation, x: Steps) -> Steps:
    """Put zeros behind, or before, the features."""
    if any(any(each) for each in op.pad_width[: TIME + 1]):
        raise refusal(op, "it puts steps before the first or behind the last")
    return each_step(graph, op, x)
