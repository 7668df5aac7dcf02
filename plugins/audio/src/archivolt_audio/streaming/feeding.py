"""Feeding a streaming model: states that are handed on, and whole clips as a stream of frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt_audio.streaming.sound import BEFORE, hop_of_stream

Array = NDArray[Any]
States = Mapping[str, Any]


@frozen(eq=False)
class Stream:
    """A streaming model, and how it is called.

    Plain Keras does as well: `output, states = model((frames, states))`.
    """

    model: keras.Model

    @classmethod
    def load(cls, path: Path | str) -> Stream:
        """Load what was saved as a `.keras` file."""
        return cls(keras.saving.load_model(path, compile=False))

    @property
    def taken(self) -> int:
        """How many frames a call takes, or samples: those between two steps behind all strides."""
        count: int = self.model.input[0].shape[1]
        return count

    @property
    def pace(self) -> int:
        """How many frames a call takes, whatever it reads."""
        return self.taken // hop_of_stream(self.model)

    @property
    def features(self) -> int | None:
        """Numbers in a frame; None where the model takes samples."""
        shape = self.model.input[0].shape
        return shape[2] if len(shape) == 3 else None

    def start(self, batch: int = 1) -> dict[str, Any]:
        """Return the states before the first frame: zeros."""
        return {
            name: np.zeros((batch, *state.shape[1:]), state.dtype)
            for name, state in self.model.input[1].items()
        }

    def step(self, newest: Array, states: States) -> tuple[Any, dict[str, Any]]:
        """Take further frames, `(batch, frames, features)`, or samples, `(batch, samples)`.

        Returns:
            What the model says so far, and the states for the next call.
        """
        # Keras takes arrays or tensors, and after the first call the states are tensors.
        given = keras.tree.map_structure(keras.ops.convert_to_tensor, (newest, dict(states)))
        output, following = self.model(given, training=False)
        return output, dict(following)

    def outputs(self, clips: Array) -> list[Any]:
        """Feed clips from the first frame on, or from the first whole window; return every output.

        Where a call takes several frames, the last one is filled up with zeros: what it says is
        about its first frame.

        Args:
            clips: Frames, `(batch, time, features)`; or recordings, `(batch, samples)`.
        """
        states = self.start(len(clips))
        if BEFORE in states:
            before, hop = states[BEFORE].shape[1], hop_of_stream(self.model)
            # What stands behind the last whole window is in no step of the clip.
            end = before + (clips.shape[1] - before) // hop * hop
            states[BEFORE], clips = clips[:, :before], clips[:, before:end]
        missing = -clips.shape[1] % self.taken
        clips = np.pad(clips, ((0, 0), (0, missing), *((0, 0),) * (clips.ndim - 2)))
        said = []
        for start in range(0, clips.shape[1], self.taken):
            output, states = self.step(clips[:, start : start + self.taken], states)
            said.append(output)
        return said
