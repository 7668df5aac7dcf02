"""Recurrent layers: their cell alone, and its state in the hands of the caller."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal, steps_in
from archivolt_audio.streaming.steps import Steps


def recur(
    graph: StepGraph,
    op: Operation,
    x: Steps,
    initial_state: Any = None,
    mask: Steps | None = None,
    training: bool = False,
) -> Any:
    """Run the cell of a recurrent layer over the steps of a call."""
    steps_in(op, [x])
    if op.go_backwards:
        raise refusal(op, "it runs from the last step to the first")
    if initial_state is not None or op.stateful or not isinstance(op, _KNOWN):
        raise refusal(op, "it begins with a state of its own, or has a cell that is not known")
    cell = graph.copy(op.cell)
    sizes = op.cell.state_size
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    states = [graph.state(op, (size,), x.tensor.dtype) for size in sizes]
    values = [each.tensor for each in states]
    outputs = []
    for step in range(x.count):
        output, new = cell(x.tensor[:, step], values)
        if mask is not None:
            # A padded step changes nothing, and gives what the one before gave: the first state.
            real = ops.expand_dims(mask.tensor[:, step], axis=-1)
            output = ops.where(real, output, values[0])
            new = [ops.where(real, one, other) for one, other in zip(new, values, strict=True)]
        values = new
        outputs.append(output)
    cell.set_weights(op.cell.get_weights())
    for state, value in zip(states, values, strict=True):
        graph.keep(state, value)
    every = Steps(ops.stack(outputs, axis=1), x.every)
    return every if op.return_sequences else graph.at_end(op, every)


_KNOWN = (layers.SimpleRNN, layers.GRU, layers.LSTM)
