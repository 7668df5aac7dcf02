"""How many frames lie between two steps, behind the strides of a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

Node = Any  # of a Keras graph: one call of an operation


def nodes_of(model: Any) -> Iterator[Node]:
    """Yield the calls in a functional model, each behind those whose outputs it reads."""
    # Keras has no public walk over calls; `Model.operations` tells a shared layer only once.
    graph = functional(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.operation is not None and not node.is_input:
                yield node


def functional(model: Any) -> Any:
    """Return a model as a functional one: a sequential model has one inside."""
    return model._functional if isinstance(model, keras.Sequential) else model


def slowest(model: Any, paces: dict[int, int]) -> int:
    """Return the most frames from one step to the next, anywhere in a model.

    Args:
        model: A functional model.
        paces: Frames from step to step by the `id` of tensors: those that the walk begins with.
            What it comes to is put in.
    """
    most = max(paces.values())
    for node in nodes_of(model):
        known = [paces[id(each)] for each in node.input_tensors if id(each) in paces]
        if len(known) < len(node.input_tensors):
            continue
        pace = max(known) * _stride(node)
        if isinstance(node.operation, keras.Model):
            inner = {id(each): pace for each in node.operation.inputs}
            most = max(most, slowest(node.operation, inner))
            pace = max(inner[id(each)] for each in node.operation.outputs)
        most = max(most, pace)
        paces.update((id(each), pace) for each in node.outputs)
    return most


def _stride(node: Node) -> int:
    op = node.operation
    if type(op).__name__ == "GetItem":
        (x,), key = node.input_tensors, node.arguments.args[1]
        time = key[1] if isinstance(key, (tuple, list)) and len(key) > 1 else None
        sequence = len(x.shape) > 2 or x.dtype == "bool"
        strided = sequence and isinstance(time, slice) and key[0] == slice(None)
        return int(time.step or 1) if strided else 1  # type: ignore[union-attr]  # a slice
    strides = getattr(op, "strides", 1)
    return int(strides[0] if isinstance(strides, (tuple, list)) else strides)
