from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import pytest
import tensorflow as tf

from archivolt_vision.mixtures import Cutmix, Mixup

ROWS = 128


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ROWS, 16, 16, 3)).astype("float32")


def mixed(augmentation: Mixup | Cutmix, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (layer,) = augmentation.layers(3)
    made = layer({"images": tf.constant(pictures), "labels": tf.eye(ROWS)}, training=True)
    return made["images"].numpy(), made["labels"].numpy()


def test_a_mixup_is_the_average_of_two_pictures_by_their_shares(pictures):
    made, shares = mixed(Mixup(), pictures)

    np.testing.assert_allclose(made, np.einsum("ij,jhwc->ihwc", shares, pictures), atol=1e-5)
    assert (np.count_nonzero(shares, axis=1) <= 2).all()


def test_each_picture_of_a_mixup_draws_its_own_weight(pictures):
    _, shares = mixed(Mixup(), pictures)

    own = np.diag(shares)
    assert len(np.unique(own.round(4))) > ROWS / 2
    # Of a beta distribution with 0.2 most draws lie near 0 and 1.
    assert ((own < 0.1) | (own > 0.9)).mean() > 0.5
    assert ((own > 0.3) & (own < 0.7)).sum() > 3


def test_the_pixels_of_a_cutmix_come_from_two_pictures_by_about_their_shares(pictures):
    made, shares = mixed(Cutmix(), pictures)

    for row in range(ROWS):
        other = int(np.argmax(np.where(np.arange(ROWS) == row, -1.0, shares[row])))
        pasted = (made[row] == pictures[other]).all(axis=-1)
        assert ((made[row] == pictures[row]).all(axis=-1) | pasted).all()
        if shares[row, other] > 0 and other != row:
            assert abs(pasted.mean() - shares[row, other]) < 2.2 / 16
    assert ((shares > 0.2) & (shares < 0.8)).sum() > ROWS / 4


@pytest.mark.parametrize("augmentation", [Mixup(), Cutmix()], ids=lambda each: each.name)
def test_no_draw_is_no_number(augmentation):
    (layer,) = augmentation.layers(1)
    pictures, eye = tf.ones((512, 2, 2, 1)), tf.eye(512)

    @tf.function(autograph=False)
    def step():
        return layer({"images": pictures, "labels": eye}, training=True)["labels"]

    assert all(np.isfinite(step().numpy()).all() for _ in range(40))


def test_a_weight_that_could_be_no_number_is_refused():
    with pytest.raises(ValueError, match="alpha"):
        Mixup(alpha=0.05)
