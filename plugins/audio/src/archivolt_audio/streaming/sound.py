"""Front ends of spectra: windows of sound, of which the samples before a call are a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from archivolt_audio.streaming.graph import Operation, StepGraph, refusal
from archivolt_audio.streaming.steps import Samples, Steps, Unending

BEFORE = "samples_before"  # the state: samples that the next window begins with
FEATURES = "Leave the front end to the caller: feed feature frames."


def hop(model: keras.Model) -> int:
    """Return how many samples lie between two windows of a front end.

    Raises:
        NotStreamableError: it makes no spectra of one recording.
    """
    cuts = _cuts(model)
    if len(cuts) != 1 or len(model.inputs) != 1 or len(model.inputs[0].shape) != 2:
        raise refusal(model, "its front end makes no spectra of one recording", FEATURES)
    return int(cuts[0].sequence_stride)


def hop_of_stream(model: keras.Model) -> int:
    """Return how many samples a frame of a streaming model takes; 1 of one that takes frames."""
    return int(_cuts(model)[0].sequence_stride) if BEFORE in model.input[1] else 1


def cut(graph: StepGraph, op: Operation, x: Samples) -> list[Steps]:
    """Transform the windows that the samples of a call complete: real parts, imaginary parts."""
    if op.center:
        raise refusal(op, "its windows are centred, and reach into later samples", FEATURES)
    before = op.fft_length - op.sequence_stride
    if before < 0:
        raise refusal(op, "there are samples between its windows that no window holds", FEATURES)
    state = graph.state(op, (before,), x.tensor.dtype, BEFORE)
    window = ops.concatenate([state.tensor, x.tensor], axis=1)
    graph.keep(state, window[:, window.shape[1] - before :])
    return [Steps(each, every=1) for each in graph.call(op, window)]


def each_sample(graph: StepGraph, op: Operation, x: Any, *others: Any) -> Samples:
    if not isinstance(x, Samples) or any(isinstance(each, Samples) for each in others):
        raise refusal(op, "it joins samples with something else", FEATURES)
    return Samples(graph.call(op, x.tensor, *others))


def from_the_end(graph: StepGraph, op: Operation, x: Samples) -> Unending:
    """Look for the end of a recording, which a stream does not have: all of it is sound."""
    return Unending()


def no_level(graph: StepGraph, op: Operation, x: Samples) -> Any:
    raise refusal(
        op, "it makes each recording as loud as its loudest sample", "Set `data.level: keep`."
    )


def endless(graph: StepGraph, op: Operation, *args: Any) -> Any:
    """Go on with what is true as long as there is sound; steps that it marks are all real."""
    if type(op).__name__ != "Multiply":
        return Unending()
    (x,) = (each for each in args if not isinstance(each, Unending))
    return x


OF_SAMPLES: Mapping[str, Callable[..., Any]] = {
    "STFT": cut,
    "Flip": from_the_end,
    "Max": no_level,
    **dict.fromkeys(
        ("Absolute", "Add", "Cast", "Divide", "Multiply", "Rescaling", "Subtract"), each_sample
    ),
}


def _cuts(model: keras.Model) -> list[Operation]:
    return [each for each in model.operations if type(each).__name__ == "STFT"]
