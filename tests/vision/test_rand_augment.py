from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import pytest
import tensorflow as tf

from archivolt_vision.rand_augment import RandAugment


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(256, 12, 12, 3)).astype("float32")


def changed(augmentation: RandAugment, pictures: np.ndarray, seed: int = 3) -> np.ndarray:
    layers = augmentation.layers(seed)

    @tf.function(autograph=False)
    def change(x):
        for layer in layers:
            x = layer(x, training=True)
        return x

    return change(pictures).numpy()


def kept(before: np.ndarray, after: np.ndarray) -> int:
    return sum(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_each_picture_draws_its_own_operation(pictures):
    same = np.repeat(pictures[:1], 256, axis=0)

    made = changed(RandAugment(operations=1), same)

    # Identity is one of nine; all else is drawn for each picture anew.
    assert 10 <= kept(same, made) <= 55
    assert len({each.tobytes() for each in made}) > 180


def test_an_operation_leaves_the_others_pictures_alone(pictures):
    from keras import layers

    from archivolt_vision.drawing import OneOf

    either = OneOf([layers.Identity(), layers.Rescaling(2.0), layers.Rescaling(3.0)], seed=1)

    made = either(tf.constant(pictures), training=True).numpy()

    factors = made.reshape(256, -1) / pictures.reshape(256, -1)
    assert np.allclose(factors, factors[:, :1], atol=1e-4)
    counts = [int(np.isclose(factors[:, 0], each).sum()) for each in (1.0, 2.0, 3.0)]
    assert sum(counts) == 256
    assert min(counts) > 50


def test_a_batch_in_which_an_operation_has_no_picture_is_changed_all_the_same(pictures):
    made = changed(RandAugment(operations=3), pictures[:1])

    assert made.shape == (1, 12, 12, 3)
    assert np.isfinite(made).all()


def test_more_operations_and_a_greater_magnitude_change_more(pictures):
    def distance(augmentation: RandAugment) -> float:
        return float(np.abs(changed(augmentation, pictures) - pictures).mean())

    assert distance(RandAugment(1, 0.4)) < distance(RandAugment(3, 0.4))
    assert distance(RandAugment(2, 0.1)) < distance(RandAugment(2, 1.0))


def test_nothing_is_clipped(pictures):
    bright = pictures * 4  # standard deviations far beyond what pictures have

    assert np.abs(changed(RandAugment(), bright)).max() > 12


@pytest.mark.parametrize("fields", [{"operations": 0}, {"magnitude": 0.0}, {"magnitude": 1.5}])
def test_no_operation_and_no_magnitude_are_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        RandAugment(**fields)
