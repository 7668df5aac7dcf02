"""Streams that take samples: the front end of spectra is part of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from archivolt_audio.streaming.comparing import Whole, largest_difference
from archivolt_audio.streaming.errors import NotStreamableError
from archivolt_audio.streaming.feeding import Stream
from archivolt_audio.streaming.models import features_of, streaming_model
from archivolt_audio.svdf import ResidualSvdf
from archivolt_audio.temporal_convolutions import TcResnet

SAMPLES, WINDOW, HOP, BANDS = 1000, 128, 64, 10
COUNT = 1 + (SAMPLES - WINDOW) // HOP


def recordings(rows: int = 3) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, SAMPLES)).astype("float32")


def delivered(*blocks, masked: bool = False, centred: bool = False, even: bool = False):
    """A model from recordings to predictions, its parts named as those that a run delivers."""
    keras.utils.set_random_seed(0)
    raw = x = keras.Input((SAMPLES,), name="recording")
    if even:
        x = x / ops.maximum(ops.max(ops.absolute(x), axis=1, keepdims=True), 1e-4)
    real, imaginary = ops.stft(x, WINDOW - 28, HOP, WINDOW, "hann", center=centred)
    power = (ops.square(real) + ops.square(imaginary)) * (1 / WINDOW)
    steps = power.shape[1]
    bands = layers.Dense(BANDS, use_bias=False, kernel_initializer="uniform")(
        layers.Reshape((steps, WINDOW // 2 + 1))(power)
    )
    x = ops.log10(ops.maximum(ops.absolute(bands), 1e-10)) * 10.0
    x = layers.Normalization(mean=[-3.0] * BANDS, variance=[20.0] * BANDS)(x)
    if masked:
        behind = ops.flip(ops.cumsum(ops.flip(ops.absolute(raw), axis=1), axis=1), axis=1)
        sounding = ops.take(behind, HOP * np.arange(steps), axis=1) > 0
        x = x * ops.cast(sounding, "float32")[..., None]
    inputs = keras.Input((steps, BANDS), name="features")
    y = layers.Masking()(inputs) if masked else inputs
    for block in blocks:
        y = block.build(y, ())
    y = layers.Dense(3, name="logits")(layers.GlobalAveragePooling1D()(y))
    network = keras.Model({"features": inputs}, y, name="network")
    return keras.Model(raw, layers.Activation("softmax")(network({"features": x})))


BLOCKS = (ResidualSvdf(nodes=16, memory=3), TcResnet(8, kernel=3, causal=True, stride=2))


@pytest.mark.parametrize("blocks", [BLOCKS[:1], BLOCKS], ids=len)
def test_samples_as_they_come_give_what_the_whole_recording_gives(blocks, tmp_path):
    model, given = delivered(*blocks), recordings()
    streaming_model(model, sound=True).save(tmp_path / "stream.keras")
    streamed = Stream.load(tmp_path / "stream.keras")

    said = np.asarray(streamed.outputs(given)[-1])

    assert (streamed.taken, streamed.features) == (HOP * len(blocks), None)
    np.testing.assert_allclose(said, np.asarray(model(given)), atol=1e-5)


def test_a_stream_that_begins_with_nothing_begins_with_silence():
    model, given = delivered(*BLOCKS[:1]), recordings()
    given[:, : WINDOW - HOP] = 0
    streamed = Stream(streaming_model(model, sound=True))
    states = streamed.start(len(given))

    for begin in range(WINDOW - HOP, HOP * (COUNT + 1), HOP):
        output, states = streamed.step(given[:, begin : begin + HOP], states)

    np.testing.assert_allclose(np.asarray(output), np.asarray(model(given)), atol=1e-5)


@pytest.mark.parametrize("blocks", [BLOCKS[:1], BLOCKS], ids=len)
def test_padded_recordings_are_compared_where_their_sound_ends(blocks):
    model, given = delivered(*blocks, masked=True), recordings()
    given[0, 300:] = given[1, 641:] = 0
    streamed = Stream(streaming_model(model, sound=True))
    whole = Whole(model, keras.Model(model.input, features_of(model)), padded=True)

    assert whole.lengths(given).tolist() == [5, 11, COUNT]
    assert largest_difference(whole, streamed, given) < 1e-5
    # At the end of the padding they do differ: a stream has heard silence by then.
    late = Whole(model)
    assert largest_difference(late, streamed, given) > 1e-3


def test_a_front_end_that_looks_ahead_is_refused():
    with pytest.raises(NotStreamableError, match="as loud as its loudest sample"):
        streaming_model(delivered(*BLOCKS, even=True), sound=True)
    with pytest.raises(NotStreamableError, match="windows are centred"):
        streaming_model(delivered(*BLOCKS, centred=True), sound=True)


def test_features_that_are_no_spectra_of_sound_are_refused():
    inputs = keras.Input((COUNT, BANDS))
    model = keras.Model(inputs, layers.GlobalAveragePooling1D()(inputs))

    with pytest.raises(NotStreamableError, match="no spectra of one recording"):
        streaming_model(model, sound=True)


def test_frames_of_a_model_with_a_front_end_are_taken_behind_it():
    model, given = delivered(*BLOCKS), recordings()
    features = keras.Model(model.input, features_of(model))(given)

    said = Stream(streaming_model(model)).outputs(np.asarray(features))

    np.testing.assert_allclose(np.asarray(said[-1]), np.asarray(model(given)), atol=1e-5)
