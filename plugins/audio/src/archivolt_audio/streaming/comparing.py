"""Comparing a stream with whole clips, each at its end."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt_audio.streaming.feeding import Stream

Array = NDArray[Any]


@frozen(eq=False)
class Whole:
    """What gives predictions of whole clips."""

    model: keras.Model
    front_end: keras.Model | None = None  # from recordings to frames, where clips are recordings
    padded: bool = False  # frames of zeros are padding

    def lengths(self, clips: Array) -> Array | None:
        """Return the real steps of each clip, `(clips,)`; None where all are."""
        if not self.padded:
            return None
        frames = clips if self.front_end is None else _on(self.front_end, clips)
        real = (np.asarray(frames) != 0).any(axis=-1)
        return np.asarray(real.shape[1] - real[:, ::-1].argmax(axis=1))


def largest_difference(whole: Whole, streamed: Stream, clips: Array) -> float:
    """Return by how much what a stream says differs at most from what is said of whole clips.

    A stream does not know where a padded clip ends, so it is asked at the last real step of each.
    Where each step has an output, those of all real steps are compared.

    Args:
        whole: Tells what is right.
        streamed: The same as a stream.
        clips: What both take: frames, `(clips, time, features)`, or `(clips, samples)`.
    """
    said = [keras.tree.flatten(each) for each in streamed.outputs(clips)]
    lengths, worst = whole.lengths(clips), 0.0
    for at, each in enumerate(keras.tree.flatten(_on(whole.model, clips))):
        expected = np.asarray(each)
        outputs = [np.asarray(call[at]) for call in said]
        if expected.ndim == 3:
            steps = expected.shape[1]
            ends = np.full(len(clips), steps) if lengths is None else lengths
            real = np.arange(steps) < ends[:, None]
            differences = (np.concatenate(outputs, axis=1)[:, :steps] - expected)[real]
        else:
            calls = -1 if lengths is None else -(-lengths // streamed.pace) - 1
            differences = np.stack(outputs)[calls, np.arange(len(clips))] - expected
        worst = float(np.maximum(worst, np.abs(differences).max()))  # NaN stays NaN
    return worst


def _on(model: keras.Model, clips: Array) -> Any:
    """Call a model of one input, which may have a name."""
    return model(keras.tree.pack_sequence_as(model.input, [clips]), training=False)
