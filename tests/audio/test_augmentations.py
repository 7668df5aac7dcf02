from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

from archivolt_audio.augmentations import (
    AUGMENTATIONS,
    FrequencyMask,
    FrequencyMaskImage,
    Noise,
    TimeMask,
    TimeShift,
)

ROWS, STEPS, BINS = 200, 40, 20


@pytest.fixture(scope="module")
def spectrograms() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, STEPS, BINS)).astype(np.float32)


def augment(augmentation, x: np.ndarray, seed: int = 3) -> np.ndarray:
    (layer,) = augmentation.layers(seed)
    return np.asarray(layer(x, training=True))


def changed(augmentation, x: np.ndarray) -> np.ndarray:
    return np.abs(augment(augmentation, x) - x) > 1e-9


def widths(hidden: np.ndarray) -> np.ndarray:
    """Check that what is hidden in each row is one stretch, and return how long it is."""
    for row in hidden:
        places = np.flatnonzero(row)
        assert not len(places) or places[-1] - places[0] + 1 == len(places)
    return hidden.sum(axis=1)


def test_one_time_mask_hides_one_stretch_of_each_example(spectrograms):
    hidden = changed(TimeMask(masks=1, share=0.25), spectrograms)

    assert (hidden.all(axis=2) == hidden.any(axis=2)).all()
    drawn = widths(hidden.any(axis=2))
    assert set(drawn) == set(range(11))  # from none to a quarter of the steps, each of them
    starts = {int(row.argmax()) for row in hidden.any(axis=2) if row.any()}
    assert len(starts) > 20


def test_one_frequency_mask_hides_one_band_of_each_example(spectrograms):
    hidden = changed(FrequencyMask(masks=1, share=0.25), spectrograms)

    assert (hidden.all(axis=1) == hidden.any(axis=1)).all()
    assert set(widths(hidden.any(axis=1))) == set(range(6))


def test_what_is_hidden_is_the_mean_of_the_training_rows(spectrograms):
    y = augment(TimeMask(), spectrograms)

    assert np.abs(y[y != spectrograms]).max() < 1e-5


def test_two_masks_hide_more_than_one(spectrograms):
    one, two = (changed(TimeMask(masks=masks), spectrograms).mean() for masks in (1, 2))

    assert 1.6 * one < two < 2.1 * one


def test_masks_are_those_of_tensorflow_io(spectrograms):
    """From the same draws, a mask is what `tfio.audio.time_mask` and `freq_mask` make of it."""
    import tensorflow as tf

    tfio = pytest.importorskip("tensorflow_io")
    for augmentation, theirs, axis in (
        (TimeMask(masks=1, share=0.25), tfio.audio.time_mask, 2),
        (FrequencyMask(masks=1, share=0.25), tfio.audio.freq_mask, 1),
    ):
        ours = augment(augmentation, spectrograms)
        hidden = (ours != spectrograms).all(axis=axis)
        for x, y, row in zip(spectrograms[:20], ours, hidden, strict=False):
            draws = [int(row.sum()), int(row.argmax())]
            draw = mock.Mock(side_effect=[tf.constant(each) for each in draws])
            with mock.patch.object(tf.random, "uniform", draw):
                masked = theirs(x, param=11).numpy()
            assert np.allclose(masked, y, atol=1e-5)


def test_images_are_masked_as_sequences_are(spectrograms):
    flat = augment(FrequencyMask(), spectrograms)
    images = augment(FrequencyMaskImage(), spectrograms[..., None])

    assert np.array_equal(images[..., 0], flat)


def test_noise_adds_the_power_of_its_ratio(spectrograms):
    y = augment(Noise(lowest=10, highest=10, share=1.0), spectrograms)

    before, after = (10 ** (2 * each.astype(np.float64)) for each in (spectrograms, y))
    added = (after - before).mean(axis=(1, 2)) / before.mean(axis=(1, 2))
    assert (after >= before * (1 - 1e-3)).all()
    assert np.allclose(10 * np.log10(added), -10, atol=0.8)


def test_noise_comes_to_its_share_of_the_examples(spectrograms):
    rows = changed(Noise(share=0.3), spectrograms).mean(axis=(1, 2)) > 0.5

    assert 0.2 < rows.mean() < 0.4


def test_the_ratio_of_noise_lies_within_its_bounds(spectrograms):
    y = augment(Noise(lowest=0, highest=20, share=1.0), spectrograms)

    before, after = (10 ** (2 * each.astype(np.float64)) for each in (spectrograms, y))
    ratios = -10 * np.log10((after - before).mean(axis=(1, 2)) / before.mean(axis=(1, 2)))
    assert -1 < ratios.min() < 3
    assert 17 < ratios.max() < 21


def test_a_shift_moves_whole_examples_and_fills_with_quiet(spectrograms):
    y = augment(TimeShift(share=0.1), spectrograms)

    shifts = set()
    for before, after in zip(spectrograms, y, strict=True):
        (shift,) = [
            each
            for each in range(-4, 5)
            if np.array_equal(after[max(0, each) : STEPS + min(0, each)],
                              before[max(0, -each) : STEPS - max(0, each)])
        ]  # fmt: skip
        shifts.add(shift)
        outside = after[:shift] if shift >= 0 else after[shift:]
        assert (outside == before.min(axis=0)).all()
    assert shifts == set(range(-4, 5))


@pytest.mark.parametrize(
    "augmentation", [each() for each in AUGMENTATIONS if each.reads == "sequence"], ids=str
)
def test_what_is_padding_throughout_stays_so(augmentation, spectrograms):
    padded = spectrograms.copy()
    padded[::2] = 0

    assert (augment(augmentation, padded)[::2] == 0).all()


@pytest.mark.parametrize(
    "augmentation", [each() for each in AUGMENTATIONS if each.reads == "sequence"], ids=str
)
def test_padding_stays_padding_and_real_steps_stay_real(augmentation, spectrograms):
    padded = spectrograms.copy()
    padded[:, 25:] = 0

    real = (augment(augmentation, padded) != 0).any(axis=2)

    assert (real.sum(axis=1) >= 21).all()  # a shift to the left ends that much earlier
    assert (real.sum(axis=1) <= 29).all()
    assert real[:, :21].all()
    assert not real[:, 29:].any()


def test_bounds_of_noise_the_wrong_way_round_are_told():
    with pytest.raises(ValueError, match="lowest is above highest: 30 and 5 dB"):
        Noise(lowest=30, highest=5)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ValueError, match="share"):
        TimeMask(share=0.0)
