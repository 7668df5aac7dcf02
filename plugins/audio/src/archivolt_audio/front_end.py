"""The front end: from waveforms to mel bins or cepstra, of Keras' own layers and operations.

Windows are not centred: a step depends on nothing after its window, so that a causal network can be
served frame by frame. Numbers are in units of 20 dB about the mean of their bin in the training
rows. The unit is fixed, so that augmentation can add up powers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from archivolt.components.source import Dataset, FrontEnd
from archivolt.errors import DataError
from archivolt.values.features import IMAGE, image, sequence
from archivolt_audio.spectra import Frames, cosines, mel_filters

if TYPE_CHECKING:
    import keras

    Tensor = Any

INPUT = "recording"
DECIBELS_A_UNIT = 20.0
FLOOR = 1e-10  # of the power of a sine of full scale: -100 dB
ROWS_AT_ONCE = 256


@frozen
class Wanted:
    """What is to be made of a waveform."""

    rate: int  # samples a second
    window: float  # seconds
    step: float  # seconds
    bands: int  # of the mel scale
    coefficients: int = 0  # cepstral ones in place of the bands; 0: none
    kind: str = "sequence"  # or image
    even_level: bool = False  # every recording made as loud as the others
    mask: bool = False  # zeros at the end of a recording are no steps


def build_front_end(training: Dataset, wanted: Wanted) -> FrontEnd:
    """Build the preprocessing: `(batch, samples)` to `(batch, time, bins)`, or with a channel.

    Raises:
        DataError: the recordings are shorter than one window.
    """
    import keras
    from keras import layers

    samples = int(training.features[INPUT].shape[1])
    frames = Frames.of(wanted.rate, wanted.window, wanted.step, wanted.bands)
    if not frames.count(samples):
        raise DataError(
            f"recordings of {samples / wanted.rate:g} s are shorter than one window "
            f"({frames.fft / wanted.rate:g} s).",
            hint="Raise data.length or lower data.window.",
        )
    raw = keras.Input((samples,), name=INPUT)
    bins = _bins(raw, frames, wanted)
    real = {"real": _sounding(raw, frames)} if wanted.mask else {}
    bare = keras.Model({INPUT: raw}, {"features": bins, **real})
    mean, variance = _statistics(bare, training.features[INPUT], cepstra=wanted.coefficients > 0)
    x = layers.Normalization(mean=mean, variance=variance, name="normalization")(bins)
    if real:
        x = x * real["real"]
    count, width = frames.count(samples), int(x.shape[-1])
    features = sequence(count, width, padded=wanted.mask)
    if wanted.kind == IMAGE:
        x = layers.Reshape((count, width, 1), name="as_image")(x)
        features = image(count, width, 1)
    return FrontEnd(keras.Model({INPUT: raw}, {"features": x}, name="front_end"), features)


def _bins(raw: Tensor, frames: Frames, wanted: Wanted) -> Tensor:
    from keras import ops

    x = raw
    if wanted.even_level:
        x = x / ops.maximum(ops.max(ops.absolute(x), axis=1, keepdims=True), 1e-4)
    real, imaginary = ops.stft(x, frames.window, frames.step, frames.fft, "hann", center=False)
    power = (ops.square(real) + ops.square(imaginary)) * (1 / frames.full_scale)
    bands = _product("mel", power, mel_filters(wanted.rate, frames.fft, wanted.bands))
    decibels = ops.log10(ops.maximum(bands, FLOOR)) * 10.0
    if not wanted.coefficients:
        return decibels
    return _product("cepstra", decibels, cosines(wanted.bands, wanted.coefficients))


def _product(name: str, x: Tensor, matrix: Any) -> Tensor:
    from keras import layers

    layer = layers.Dense(matrix.shape[1], use_bias=False, trainable=False, name=name)
    y = layer(x)
    layer.set_weights([matrix])
    return y


def _sounding(raw: Tensor, frames: Frames) -> Tensor:
    """Return 1 for the steps whose window, or anything after it, holds a sample; `(…, time, 1)`."""
    from keras import ops

    behind = ops.flip(ops.cumsum(ops.flip(ops.absolute(raw), axis=1), axis=1), axis=1)
    first = frames.step * np.arange(frames.count(int(raw.shape[1])), dtype=np.int32)
    return ops.cast(ops.take(behind, first, axis=1) > 0, "float32")[..., None]


def _statistics(
    bare: keras.Model, waveforms: Any, *, cepstra: bool
) -> tuple[list[float], list[float]]:
    """Return the mean of each bin over the real steps, and the square of what becomes 1.

    Cepstra have no common unit: each is divided by its own deviation.
    """
    total = squares = 0.0
    count = 0
    for start in range(0, len(waveforms), ROWS_AT_ONCE):
        given = {INPUT: np.asarray(waveforms[start : start + ROWS_AT_ONCE], np.float32)}
        found = bare(given, training=False)
        bins = np.asarray(found["features"], np.float64)
        bins = bins.reshape(-1, bins.shape[-1])
        if "real" in found:  # padding is no part of what is learnt from
            bins = bins[np.asarray(found["real"]).reshape(-1) > 0]
        total = total + bins.sum(axis=0)
        squares = squares + (bins**2).sum(axis=0)
        count += len(bins)
    mean = np.asarray(total) / max(1, count)
    variance = np.full_like(mean, DECIBELS_A_UNIT**2)
    if cepstra:
        variance = np.maximum(np.asarray(squares) / max(1, count) - mean**2, 1e-4)
    return mean.tolist(), variance.tolist()
