"""The decoders and the resampler of tensorflow-io, where its native library loads.

It imports with any TensorFlow, and opens its library at the first call: whether that succeeds is
found out by one.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt_keras.quiet import load_framework, native_messages_held

if TYPE_CHECKING:
    Module = Any


@frozen(eq=False)
class Native:
    """What tensorflow-io offers in this process."""

    audio: Module | None  # `tensorflow_io.audio`, with decoders that work
    why: str = ""  # it offers nothing


@cache  # once a process: to load the library, or to fail to, takes seconds
def native() -> Native:
    """Find out by a call whether tensorflow-io decodes here."""
    if find_spec("tensorflow_io") is None:
        return Native(None, "tensorflow-io is not installed")
    load_framework()
    with native_messages_held(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two at its import, of file systems without use here
        try:
            import tensorflow as tf
            import tensorflow_io as tfio

            tfio.audio.encode_wav(tf.zeros([8, 1], tf.int16), 8000)
        except Exception as cause:  # an import of native code fails in many ways
            why = f"{type(cause).__name__}: {cause}".splitlines()[0].partition(", from paths")[0]
            return Native(None, f"the library of tensorflow-io does not load ({_shortened(why)})")
    return Native(tfio.audio)


def decode_natively(audio: Module, path: Path) -> tuple[NDArray[np.float32], int]:
    """Decode a file by tensorflow-io.

    Returns:
        Numbers from -1 to 1, `(samples, channels)`, and the samples a second.
    """
    opened = audio.AudioIOTensor(str(path))
    samples = opened.to_tensor().numpy()
    if samples.dtype == np.uint8:
        scaled = (samples.astype(np.float32) - 128) / 128
    elif samples.dtype.kind == "i":
        scaled = samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min)
    else:
        scaled = samples.astype(np.float32)
    return scaled, int(opened.rate.numpy())


def resample_natively(
    audio: Module, samples: NDArray[np.float32], rate: int, wanted: int
) -> NDArray[np.float32]:
    """Resample `(samples,)` by tensorflow-io."""
    resampled = audio.resample(samples[:, None], rate, wanted)
    return np.asarray(resampled, np.float32)[:, 0]


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"
