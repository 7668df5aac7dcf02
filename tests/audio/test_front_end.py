from __future__ import annotations

import keras
import numpy as np
import pytest
from attrs import evolve

from archivolt.components.source import RECORDING, Dataset, Input
from archivolt.errors import DataError
from archivolt.values.features import image, sequence
from archivolt_audio.front_end import FLOOR, Wanted, build_front_end
from archivolt_audio.spectra import Frames

RATE, SAMPLES = 8000, 4000
MEL = Wanted(RATE, window=0.032, step=0.016, bands=20)
STEPS = Frames.of(RATE, 0.032, 0.016, 20).count(SAMPLES)


def dataset(waveforms: np.ndarray) -> Dataset:
    waveforms = np.asarray(waveforms, np.float32)
    told = Input("recording", RECORDING, waveforms.shape[1:], "float32", f"{RATE} Hz")
    return Dataset((told,), {"recording": waveforms}, labels=None)


def applied(front, waveforms: np.ndarray) -> np.ndarray:
    given = {"recording": np.asarray(waveforms, np.float32)}
    return np.asarray(front.model(given, training=False)["features"])


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return (0.1 * np.random.default_rng(0).normal(size=(12, SAMPLES))).astype(np.float32)


def test_mel_bins_are_a_sequence_in_units_of_twenty_decibels(noise):
    front = build_front_end(dataset(noise), MEL)

    loud, quiet = applied(front, noise), applied(front, noise / 10)

    assert front.features == sequence(STEPS, 20)
    assert loud.shape == (12, STEPS, 20)
    assert np.allclose(loud.mean(axis=(0, 1)), 0, atol=1e-3)
    assert np.allclose(loud - quiet, 1, atol=1e-3)


def test_a_sine_of_full_scale_is_at_zero_decibels_in_its_bin(tone):
    silence = np.zeros((1, SAMPLES))
    front = build_front_end(dataset(silence), MEL)  # so the mean is the floor

    bins = applied(front, tone(1000.0, peak=1.0)[None])[0, 3]

    assert 20 * bins.max() + 10 * np.log10(FLOOR) == pytest.approx(0, abs=2.5)
    assert bins.argmax() == _band_of(1000.0)
    assert bins[0] < bins.max() - 2


def _band_of(hertz: float) -> int:
    mel = lambda f: 2595 * np.log10(1 + f / 700)  # noqa: E731
    centres = np.linspace(mel(60.0), mel(RATE / 2), 22)[1:-1]
    return int(np.abs(centres - mel(hertz)).argmin())


def test_it_agrees_with_tensorflow_on_speech(digits):
    import tensorflow as tf

    from archivolt_audio.source import AudioFolderSource

    source = AudioFolderSource(digits, length=0.5, bins=20)
    read = source.read()
    ours = applied(source.front_end(read), read.features["recording"])

    spectrum = tf.signal.stft(read.features["recording"], 256, 128, 256)
    filters = tf.signal.linear_to_mel_weight_matrix(20, 129, RATE, 60.0, RATE / 2)
    bands = tf.tensordot(tf.abs(spectrum) ** 2 / 64.0**2, filters, 1).numpy()
    decibels = 10 * np.log10(np.maximum(bands, FLOOR))
    assert np.allclose(ours, (decibels - decibels.mean(axis=(0, 1))) / 20, atol=0.02)


def test_no_step_depends_on_what_comes_after_its_window(noise):
    front = build_front_end(dataset(noise), MEL)
    changed = noise.copy()
    changed[:, 256 + 5 * 128 :] *= -0.3

    before, after = applied(front, noise), applied(front, changed)

    assert np.array_equal(before[:, :6], after[:, :6])
    assert not np.allclose(before[:, 6], after[:, 6])


def test_cepstra_are_standardised_one_by_one(noise):
    waveforms = noise * np.linspace(0.1, 1, SAMPLES)
    front = build_front_end(dataset(waveforms), evolve(MEL, coefficients=13))

    cepstra = applied(front, waveforms)

    assert front.features == sequence(STEPS, 13)
    assert np.allclose(cepstra.mean(axis=(0, 1)), 0, atol=1e-3)
    assert np.allclose(cepstra.std(axis=(0, 1)), 1, atol=1e-3)


def test_features_may_be_an_image(noise):
    from attrs import evolve

    front = build_front_end(dataset(noise), evolve(MEL, kind="image"))

    assert front.features == image(STEPS, 20, 1)
    flat = applied(build_front_end(dataset(noise), MEL), noise)
    assert np.array_equal(applied(front, noise)[..., 0], flat)


def test_an_even_level_makes_loud_and_quiet_alike(noise):
    from attrs import evolve

    front = build_front_end(dataset(noise), evolve(MEL, even_level=True))

    assert np.allclose(applied(front, noise), applied(front, noise / 50), atol=1e-4)
    assert np.isfinite(applied(front, 0 * noise)).all()


def test_masked_steps_are_zeros_and_no_others(noise):
    from attrs import evolve

    waveforms = noise.copy()
    waveforms[0, 1000:] = 0
    waveforms[1, 1000:2000] = 0  # a pause is no end
    front = build_front_end(dataset(waveforms), evolve(MEL, mask=True))

    steps = (applied(front, waveforms) != 0).any(axis=-1)

    assert front.features == sequence(STEPS, 20, padded=True)
    assert steps[0].tolist() == [128 * at < 1000 for at in range(STEPS)]
    assert steps[1:].all()


def test_silence_comes_out_finite(noise):
    front = build_front_end(dataset(noise), MEL)

    assert np.isfinite(applied(front, 0 * noise)).all()


def test_recordings_shorter_than_a_window_are_told():
    with pytest.raises(DataError, match=r"of 0\.0125 s are shorter than one window .*data\.length"):
        build_front_end(dataset(np.ones((3, 100))), MEL)


def test_it_loads_in_plain_keras(noise, tmp_path):
    front = build_front_end(dataset(noise), MEL)
    front.model.save(tmp_path / "front.keras")

    loaded = keras.saving.load_model(tmp_path / "front.keras", safe_mode=True)

    again = loaded({"recording": noise}, training=False)["features"]
    assert np.array_equal(np.asarray(again), applied(front, noise))
    assert not loaded.trainable_variables


@pytest.mark.parametrize("coefficients", [0, 13])
def test_padding_is_no_part_of_the_statistics(noise, coefficients):
    half = noise.copy()
    half[:, SAMPLES // 2 :] = 0
    wanted = evolve(MEL, mask=True, coefficients=coefficients)

    bins = applied(build_front_end(dataset(half), wanted), half)

    real = bins[(bins != 0).any(axis=2)]
    assert 0 < len(real) < bins.shape[0] * bins.shape[1]
    np.testing.assert_allclose(real.mean(axis=0), 0, atol=1e-3)
    if coefficients:
        np.testing.assert_allclose(real.std(axis=0), 1, atol=1e-2)
