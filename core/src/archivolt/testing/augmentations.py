"""Conformance of augmentations: one small test for each promise. It needs Keras and TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from archivolt.components.augmentation import Augmentation
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.values.features import IMAGE, SEQUENCE, VECTOR
from archivolt.values.features import KINDS as FEATURE_KINDS

Examples = NDArray[np.float32]

ROWS = 64
SHAPES = {VECTOR: (24,), SEQUENCE: (20, 6), IMAGE: (16, 12, 3)}  # of one example


class AugmentationConformance:
    """The promises of an augmentation. Override `augmentation`; `examples` for other shapes."""

    @pytest.fixture
    def augmentation(self) -> Augmentation:
        raise NotImplementedError("override the fixture `augmentation`: return one of yours")

    @pytest.fixture
    def examples(self, augmentation: Augmentation) -> Examples:
        """Return examples as they are after preprocessing: about zero, `(rows, …)`."""
        shape = SHAPES[augmentation.reads]
        return default_rng(0).normal(size=(ROWS, *shape)).astype(np.float32)

    def test_the_class_can_be_registered(self, augmentation: Augmentation) -> None:
        assert list(faults(type(augmentation), KINDS["augmentation"])) == []

    def test_it_says_which_features_it_is_for(self, augmentation: Augmentation) -> None:
        assert augmentation.reads in FEATURE_KINDS, (
            f"`reads` is {augmentation.reads!r}; it must be one of {', '.join(FEATURE_KINDS)}."
        )

    def test_it_needs_no_configuration(self, augmentation: Augmentation) -> None:
        try:
            type(augmentation)()
        except TypeError as cause:
            pytest.fail(
                f"a recipe names it by its name alone: give every field a default ({cause})"
            )

    def test_examples_keep_their_shape_and_stay_finite(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        changed = augmented(augmentation, examples)
        assert changed.shape == examples.shape
        assert changed.dtype == examples.dtype
        assert np.isfinite(changed).all()

    def test_it_changes_examples_in_training(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        assert not np.array_equal(augmented(augmentation, examples), examples), (
            "nothing changes: the layers must act when they are called with training=True."
        )

    def test_it_does_nothing_at_inference(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        unchanged = augmented(augmentation, examples, training=False)
        np.testing.assert_allclose(
            unchanged,
            examples,
            atol=1e-6,
            err_msg="called with training=False, the layers must hand on what they are given.",
        )

    def test_all_its_randomness_follows_from_the_seed(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        once, again, other = (augmented(augmentation, examples, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(
            once, again, err_msg="one seed gives two changes: pass `seed` to every random layer."
        )
        assert not np.array_equal(once, other), (
            "two seeds give the same change: pass `seed` to the random layers."
        )

    def test_every_step_of_a_compiled_epoch_draws_anew(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        first, second = (augmented(augmentation, examples, steps=steps) for steps in (1, 2))
        assert not np.array_equal(first, second), (
            "the second step of an epoch repeats the first: draw from a `keras.random."
            "SeedGenerator` or a random layer, not from Python or NumPy, which the graph freezes."
        )

    def test_shares_tell_what_a_mixed_example_is_made_of(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        if not augmentation.mixes:
            return  # nothing is promised
        # Of examples that are a number each, a mixed one has the mean by its shares.
        numbers = default_rng(0).uniform(size=len(examples)).astype(np.float32)
        flat = np.ones_like(examples) * numbers.reshape(-1, *[1] * (examples.ndim - 1))
        changed, shares = mixed(augmentation, flat)
        assert shares.min() >= 0, "a share is negative."
        np.testing.assert_allclose(
            shares.sum(axis=1), 1, atol=1e-5, err_msg="the shares of an example sum to 1."
        )
        means = changed.reshape(len(changed), -1).mean(axis=1)
        assert np.abs(means - shares @ numbers).mean() < 0.05, (
            "the shares are not those by which the examples are mixed: change `labels` as `images`."
        )

    def test_shares_are_left_alone_at_inference(
        self, augmentation: Augmentation, examples: Examples
    ) -> None:
        _, shares = mixed(augmentation, examples, training=False)
        np.testing.assert_allclose(
            shares,
            np.eye(len(examples)),
            atol=1e-6,
            err_msg="called with training=False, the layers must hand on `labels`, too.",
        )


def augmented(
    augmentation: Augmentation,
    examples: Examples,
    *,
    seed: int = 3,
    steps: int = 1,
    training: bool = True,
) -> Examples:
    """Apply the layers as an epoch does, in one compiled loop over steps; return the last step."""
    return _last_step(augmentation, examples, seed, steps, training)[0]


def mixed(
    augmentation: Augmentation, examples: Examples, *, training: bool = True
) -> tuple[Examples, Examples]:
    """Apply layers that mix; return the examples, and their shares in those that were given."""
    return _last_step(augmentation, examples, 3, 1, training)


def _last_step(
    augmentation: Augmentation, examples: Examples, seed: int, steps: int, training: bool
) -> tuple[Examples, Examples]:
    import tensorflow as tf

    layers = augmentation.layers(seed)

    def step(index: Any, _: Any, __: Any) -> Any:
        changed, shares = tf.constant(examples), tf.eye(len(examples))
        for layer in layers:
            if augmentation.mixes:
                given = layer({"images": changed, "labels": shares}, training=training)
                changed, shares = given["images"], given["labels"]
            else:
                changed = layer(changed, training=training)
        return index + 1, tf.ensure_shape(changed, examples.shape), shares

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def epoch() -> Any:
        start = (tf.constant(0), tf.constant(examples), tf.eye(len(examples)))
        return tf.while_loop(lambda index, *_: index < steps, step, start)[1:]

    changed, shares = epoch()
    return np.asarray(changed), np.asarray(shares)
