"""Streaming: a network that was trained on whole clips, made to run frame by frame.

`streaming_model` makes one Keras model of another, `stream` does so with what a run has delivered
and compares the two on real clips, `Stream` feeds such a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archivolt_audio.streaming.errors import NotStreamableError, StreamDiffersError
from archivolt_audio.streaming.export import Streamed, stream

if TYPE_CHECKING:
    from archivolt_audio.streaming.feeding import Stream
    from archivolt_audio.streaming.models import streaming_model

__all__ = [
    "NotStreamableError",
    "Stream",
    "StreamDiffersError",
    "Streamed",
    "stream",
    "streaming_model",
]

# What needs Keras comes in when it is asked for.
_LATE = {"Stream": "feeding", "streaming_model": "models"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
