"""From a file to one channel of numbers: decoded, mixed down and resampled."""

from __future__ import annotations

import wave
from math import gcd
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt_audio.native import decode_natively, native, resample_natively

Samples = NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 100, 1_000_000  # Hz: beyond it a header is damaged
SILENT = 1e-4  # of full scale: a peak below -80 dB


class UndecodableError(ValueError):
    """A file that holds no recording that could be used; its text says why."""


@frozen
class Header:
    """What a file says about its recording before it is decoded."""

    rate: int  # samples a second
    channels: int
    seconds: float


def read_header(path: Path) -> Header | None:
    """Read rate and length without decoding; None where the file cannot be read."""
    try:
        import soundfile
    except (ImportError, OSError):  # OSError: its library is not there
        return _read_wav_header(path)
    try:
        told = soundfile.info(str(path))
    except (RuntimeError, ValueError, TypeError, OSError):  # what decodes it tells the cause
        return None
    return _header(told.samplerate, told.channels, told.frames)


def decode(path: Path, rate: int) -> Samples:
    """Decode a file: wav, flac, mp3 or ogg; channels are averaged, another rate is resampled.

    It goes through tensorflow-io where that works in this process, else through soundfile, or
    TensorFlow for 16-bit wav where soundfile has no library, and SciPy.

    Args:
        path: The file.
        rate: Samples a second that are wanted.

    Returns:
        Numbers from -1 to 1, `(samples,)`.

    Raises:
        UndecodableError: it is empty, damaged, of another format, or holds no sample.
    """
    if path.stat().st_size == 0:
        raise UndecodableError("an empty file")
    samples, own_rate = _decode_channels(path)
    if not len(samples):
        raise UndecodableError("a recording of no length")
    if not LOWEST_RATE <= own_rate <= HIGHEST_RATE:
        raise UndecodableError(f"it claims {own_rate:,} samples a second")
    mono = samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise UndecodableError("it holds NaN or infinity")
    return mono if own_rate == rate else resample(mono, own_rate, rate)


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Resample `(samples,)` without aliases, by tensorflow-io or a polyphase filter of SciPy."""
    audio = native().audio
    if audio is not None:
        return resample_natively(audio, samples, rate, wanted)
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // common, rate // common), np.float32)


def is_silent(samples: Samples) -> bool:
    """Tell whether nothing can be heard."""
    return not len(samples) or float(np.abs(samples).max()) < SILENT


def _read_wav_header(path: Path) -> Header | None:
    try:
        with wave.open(str(path)) as opened:
            return _header(opened.getframerate(), opened.getnchannels(), opened.getnframes())
    except (wave.Error, EOFError, OSError):
        return None


def _header(rate: int, channels: int, samples: int) -> Header | None:
    return Header(rate, channels, samples / rate) if samples > 0 and rate > 0 else None


def _decode_channels(path: Path) -> tuple[Samples, int]:
    audio = native().audio
    if audio is not None:
        try:
            return decode_natively(audio, path)
        except Exception:  # wav of floats, for one, is nothing that it reads
            pass
    try:
        import soundfile
    except (ImportError, OSError) as cause:  # OSError: its library is not there
        return _decode_by_tensorflow(path, cause)
    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (RuntimeError, ValueError, TypeError) as cause:
        raise UndecodableError(_why(cause, path)) from cause
    return samples, int(rate)


def _decode_by_tensorflow(path: Path, missing: Exception) -> tuple[Samples, int]:
    import tensorflow as tf

    try:
        samples, rate = tf.audio.decode_wav(path.read_bytes())
    except tf.errors.InvalidArgumentError as cause:
        raise UndecodableError(
            f"without soundfile ({missing}) only wav of 16 bits is read"
        ) from cause
    return np.asarray(samples, np.float32), int(rate)


def _why(cause: Exception, path: Path) -> str:
    text = str(cause).replace(repr(str(path)), path.name).replace(str(path), path.name)
    _, _, said = text.partition(f"{path.name}: ")
    return (said or text or type(cause).__name__).rstrip(".")
