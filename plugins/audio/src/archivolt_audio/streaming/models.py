"""Making a streaming model of a model for whole clips, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from archivolt_audio.streaming import cells, last_step, pointwise, running, windows
from archivolt_audio.streaming.errors import NotStreamableError
from archivolt_audio.streaming.graph import Operation, StepGraph, refusal
from archivolt_audio.streaming.paces import functional, nodes_of, slowest
from archivolt_audio.streaming.sound import OF_SAMPLES, endless, hop
from archivolt_audio.streaming.steps import AtLast, FromEnd, Held, Samples, Steps, Unending

Handler = Callable[..., Any]  # (graph, operation, *arguments) to what it gives, step by step
NETWORK = "network"  # what archivolt-keras calls the searched part of a delivered model
FRAMES, SAMPLES = "frames", "samples"  # what a streaming model takes


def streaming_model(model: keras.Model, sound: bool = False) -> keras.Model:
    """Make a model that takes the frames of a clip one after the other.

    Called on `(frames, states)` it gives `(output, states)`: frames are `(batch, frames of a call,
    features)`, one frame a call unless the network has strides; states are a mapping by name, of
    zeros before the first frame. A prediction for the clip is one for what has come so far, and
    after the last frame it is what `model` says of the whole clip. What each step of `model` gives
    comes as the steps of a call.

    Args:
        model: A functional model of features, `(batch, time, features)`, or one that archivolt has
            delivered: of this the part behind the front end is taken.
        sound: Take the front end as well. In place of frames the model takes samples, `(batch,
            samples)`, as many as lie between two windows. The state `samples_before` may begin with
            those that stand before the first call; where it begins with zeros, silence stood there.

    Returns:
        A functional model of plain Keras layers, with weights of its own.

    Raises:
        NotStreamableError: a layer sees later steps, or how it goes on is not known.
    """
    model = functional(model)
    features = features_of(model)
    graph = StepGraph(slowest(model, {id(features): 1}))
    values: dict[int, Any] = {}
    if sound:
        (recording,) = model.inputs
        taken = keras.Input((graph.slowest * hop(model),), dtype=recording.dtype, name=SAMPLES)
        values[id(recording)] = Samples(taken)
    else:
        shape = (graph.slowest, features.shape[-1])
        taken = keras.Input(shape, dtype=features.dtype, name=FRAMES)
        values[id(features)] = Steps(taken, every=1)
    _walk(graph, model, values)
    output = keras.tree.map_structure(lambda each: _given(values, each), model.output)
    return keras.Model((taken, graph.states), (output, graph.following), name="streaming")


def features_of(model: keras.Model) -> Any:
    """Return the tensor of features that a model's network reads, behind the front end.

    Raises:
        NotStreamableError: it reads something else than one sequence.
    """
    read = model.inputs
    for node in nodes_of(model):
        if node.operation.name == NETWORK and isinstance(node.operation, keras.Model):
            read = node.input_tensors
    shapes = [list(each.shape[1:]) for each in read]
    if len(read) != 1 or len(shapes[0]) != 2:
        raise NotStreamableError(
            f"{NETWORK!r}",
            f"it reads {shapes}, where one sequence of frames is expected",
            "Search on sequences, `(time, features)`.",
        )
    return read[0]


def _walk(graph: StepGraph, model: Any, values: dict[int, Any]) -> None:
    """Go through the calls in a model that what is known reaches, and make each step by step."""
    for node in nodes_of(model):
        if any(id(each) not in values for each in node.input_tensors):
            continue
        args, kwargs = node.arguments.fill_in(values)
        outputs = _step(graph, node.operation, args, kwargs)
        for tensor, value in zip(node.outputs, keras.tree.flatten(outputs), strict=True):
            values[id(tensor)] = value


def _step(graph: StepGraph, op: Operation, args: Any, kwargs: Mapping[str, Any]) -> Any:
    if isinstance(op, keras.Model):
        inner = dict(zip(map(id, op.inputs), keras.tree.flatten((args, kwargs)), strict=False))
        _walk(graph, op, inner)
        return [inner[id(each)] for each in op.outputs]
    given = {type(each) for each in keras.tree.flatten((args, kwargs))}
    if not given & {Samples, Unending, Steps, FromEnd, AtLast, Held}:
        return graph.call(op, *args, **kwargs)  # behind what sums up the clip
    if Unending in given:
        return endless(graph, op, *args)
    kind, handlers = type(op), OF_SAMPLES if Samples in given else HANDLERS
    handler = handlers.get(kind.__name__) if kind.__module__.startswith("keras.") else None
    if handler is None:
        raise refusal(op, *WHY.get(kind.__name__, ("how it goes on from step to step is unknown",)))
    return handler(graph, op, *args, **kwargs)


def _given(values: Mapping[int, Any], tensor: Any) -> Any:
    value = values[id(tensor)]
    return value.tensor if isinstance(value, Steps) else value


_EACH_STEP = (
    "Absolute", "Activation", "Add", "Average", "Cast", "Dense", "Divide", "ELU", "Exp", "Gelu",
    "Greater", "GreaterEqual", "LeakyReLU", "Less", "LessEqual", "Log", "Log10", "LogicalNot",
    "LogicalOr", "Masking", "Maximum", "Minimum", "Multiply", "NotEqual", "OnesLike", "PReLU",
    "Power", "ReLU", "Relu", "Rescaling", "Sigmoid", "Silu", "Sqrt", "Square", "Subtract", "Tanh",
    "ZerosLike",
)  # fmt: skip
_ALONG_FEATURES = (
    "BatchNormalization", "Concatenate", "LayerNormalization", "Normalization", "Softmax",
    "Squeeze",
    "UnitNormalization",
)  # fmt: skip
_NOTHING = (
    "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity", "SpatialDropout1D",
)  # fmt: skip
_WINDOWS = ("Conv1D", "Conv2D", "DepthwiseConv1D", "SeparableConv1D")
_RECURRENT = ("GRU", "LSTM", "SimpleRNN")
_REDUCTIONS = ("All", "Any", "Max", "Mean", "Min", "Prod", "Sum")

HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(_EACH_STEP, pointwise.each_step),
    **dict.fromkeys(_ALONG_FEATURES, pointwise.along_features),
    **dict.fromkeys(_NOTHING, pointwise.hand_on),
    **dict.fromkeys(_WINDOWS, windows.convolve),
    **dict.fromkeys(_RECURRENT, cells.recur),
    **dict.fromkeys(_REDUCTIONS, running.reduce),
    "Cumsum": last_step.count,
    "Equal": pointwise.equal,
    "ExpandDims": pointwise.widen,
    "Flip": last_step.turn,
    "GetItem": pointwise.pick,
    "GlobalAveragePooling1D": running.pool_average,
    "GlobalMaxPooling1D": running.pool_maximum,
    "LogicalAnd": pointwise.both,
    "Pad": pointwise.fill_features,
    "Reshape": pointwise.reshape,
    "Where": pointwise.choose,
    "ZeroPadding1D": windows.pad,
    "ZeroPadding2D": windows.pad,
}

_ATTENDS = (
    "every step attends to all the others, and a stream would have to keep them all",
    "Choose `svdf` or `residual_svdf`, whose memory has an end, or `gru`.",
)
WHY: Mapping[str, tuple[str, str]] = {
    "MultiHeadAttention": _ATTENDS,
    "Attention": _ATTENDS,
    "Bidirectional": (
        "one of its two ways begins at the last step",
        "Set `bidirectional: false`.",
    ),
    "Flatten": (
        "it needs all steps of a clip at once",
        "Let `sequence_to_vector` take `average`, `max` or `last`.",
    ),
}
