from __future__ import annotations

import numpy as np
import pytest

from archivolt.components.augmentation import Augmentation
from archivolt_vision.augmentations import (
    AUGMENTATIONS,
    Brightness,
    Contrast,
    Crop,
    Cutout,
    Flip,
    Shift,
)
from archivolt_vision.rand_augment import RandAugment

ALONE = [each() for each in (*AUGMENTATIONS, RandAugment)]  # each picture by itself


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(64, 16, 12, 3)).astype("float32")


def augment(augmentation: Augmentation, x: np.ndarray, seed: int = 3, steps: int = 1) -> np.ndarray:
    """Apply it in a compiled loop over steps, as a training epoch does; return the last step."""
    import tensorflow as tf

    layers = augmentation.layers(seed)

    def step(i, _):
        y = tf.constant(x)
        for layer in layers:
            y = layer(y, training=True)
        return i + 1, tf.ensure_shape(y, x.shape)

    @tf.function(autograph=False)
    def epoch():
        return tf.while_loop(lambda i, _: i < steps, step, (tf.constant(0), tf.constant(x)))[1]

    return epoch().numpy()


@pytest.mark.parametrize("augmentation", ALONE, ids=lambda a: a.name)
def test_it_changes_pictures_in_a_compiled_loop_and_follows_its_seed(augmentation, pictures):
    once, again, other = (augment(augmentation, pictures, seed) for seed in (3, 3, 4))
    second = augment(augmentation, pictures, 3, steps=2)

    assert once.shape == pictures.shape
    assert np.isfinite(once).all()
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert not np.array_equal(once, second)
    changes = np.abs(once - pictures).reshape(len(pictures), -1).max(axis=1)
    assert (changes > 0).sum() >= 16  # a batch is not changed as one


@pytest.mark.parametrize("augmentation", ALONE, ids=lambda a: a.name)
def test_it_does_nothing_at_inference(augmentation, pictures):
    y = pictures
    for layer in augmentation.layers(0):
        y = layer(y, training=False)

    assert np.allclose(y, pictures)


def test_a_flip_mirrors_about_half_of_the_pictures(pictures):
    flipped = augment(Flip(), pictures)

    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(flipped, pictures, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(flipped, pictures, strict=True)]
    assert sum(mirrored) + sum(kept) == 64
    assert 16 <= sum(mirrored) <= 48


def test_a_crop_moves_whole_pixels_and_fills_with_the_mean():
    ramp = np.arange(1, 16 * 16 + 1, dtype="float32").reshape(1, 16, 16, 1).repeat(64, axis=0)

    cropped = augment(Crop(0.125), ramp)

    assert set(np.unique(cropped)) <= {0.0, *np.unique(ramp)}
    assert (cropped == 0).any()
    assert (cropped == 0).mean(axis=(1, 2, 3)).max() <= 1 - (14 / 16) ** 2


def test_a_shift_stays_within_its_share(pictures):
    flat = np.ones_like(pictures)

    assert np.allclose(augment(Shift(), flat), 1)  # the edge is continued: no dark frame


def test_a_cutout_sets_a_rectangle_of_some_pictures_to_the_mean(pictures):
    ones = np.ones_like(pictures)

    cut = augment(Cutout(probability=0.5, area=0.15), ones)

    erased = (cut == 0).mean(axis=(1, 2, 3))
    assert set(np.unique(cut)) == {0.0, 1.0}
    assert 16 <= (erased > 0).sum() <= 48
    assert erased.max() <= 0.3


def test_brightness_moves_by_deviations_and_clips_nothing(pictures):
    change = augment(Brightness(0.3), pictures) - pictures

    assert np.abs(change).max() <= 0.3 + 1e-5
    assert np.abs(change).max() > 0.2
    assert np.allclose(change, change[:, :1, :1, :1], atol=1e-5)


def test_contrast_keeps_the_mean_of_a_picture(pictures):
    changed = augment(Contrast(), pictures)

    assert np.allclose(changed.mean(axis=(1, 2)), pictures.mean(axis=(1, 2)), atol=1e-4)
    assert not np.allclose(changed.std(axis=(1, 2)), pictures.std(axis=(1, 2)), atol=1e-2)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ValueError, match="share"):
        Shift(share=0.0)
