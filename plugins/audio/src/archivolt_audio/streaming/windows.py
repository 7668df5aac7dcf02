"""Windows over time: convolutions whose past is a state, the ring buffer of a streaming cell."""

from __future__ import annotations

from typing import Any

from keras import ops

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal, steps_in
from archivolt_audio.streaming.steps import Steps


def convolve(graph: StepGraph, op: Operation, x: Steps) -> Steps:
    """Convolve the steps of a call behind those before, of which the state keeps the newest.

    The state begins with zeros, as the border of a causal convolution is filled.
    """
    if op.data_format != "channels_last":
        raise refusal(op, "it has its channels first", "Build the network with channels last.")
    past = (op.kernel_size[0] - 1) * op.dilation_rate[0]
    stride = op.strides[0]
    changes: dict[str, Any] = {}
    if op.padding == "causal":
        steps_in(op, [x])
        changes["padding"] = "valid"
    elif op.padding == "same" and not past:
        steps_in(op, [x])
    elif op.padding == "same":
        raise refusal(
            op, f"its window of {past + 1} steps reaches into later ones", "Set `causal: true`."
        )
    elif x.lead != past:
        raise refusal(
            op,
            f"its window of {past + 1} steps begins at the first one, where {past} zeros have to "
            "stand before",
            "Use padding='causal'.",
        )
    window = x.tensor
    if past:
        state = graph.state(op, (past, *window.shape[2:]), window.dtype)
        window = ops.concatenate([state.tensor, window], axis=1)
        graph.keep(state, window[:, -past:])
    output = graph.call_as(op, graph.copy(op, **changes), window)
    return Steps(output, x.every * stride)


def pad(graph: StepGraph, op: Operation, x: Steps) -> Steps:
    """Fill the border: steps before the first are what the next window begins with."""
    padding = op.padding
    plane = len(x.tensor.shape) == 4
    before, after = padding[0] if plane else padding
    if after:
        raise refusal(op, f"it puts {after} steps behind the last one")
    if not plane:
        return Steps(x.tensor, x.every, x.lead + before)
    across = graph.call_as(op, graph.copy(op, padding=((0, 0), padding[1])), x.tensor)
    return Steps(across, x.every, x.lead + before)
