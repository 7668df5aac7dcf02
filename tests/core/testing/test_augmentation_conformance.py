"""The kit for augmentations tells which promise is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from attrs import frozen

from archivolt.components.augmentation import Augmentation
from archivolt.testing import AugmentationConformance

pytest.importorskip("keras")

KIT = AugmentationConformance


@frozen
class Noise(Augmentation):
    """Add noise, with a fault."""

    name = "noise"
    reads = "vector"
    fault: str = "none"

    def layers(self, seed: int) -> Sequence[Any]:
        from keras import layers, ops

        fault = self.fault
        frozen_noise = np.random.default_rng(seed).normal(size=(64, 24)).astype("float32")

        class Frozen(layers.Layer):
            def call(self, x: Any, training: bool = False) -> Any:
                return x + frozen_noise if training else x

        class Always(layers.Layer):
            def call(self, x: Any, training: bool = False) -> Any:
                return x + 1.0

        class Endless(layers.Layer):
            def call(self, x: Any, training: bool = False) -> Any:
                return x / ops.zeros_like(x) if training else x

        if fault == "nothing":
            return [layers.Identity()]
        seed = {"no seed": None, "one seed": 7}.get(fault, seed)
        odd: dict[str, Any] = {"frozen": Frozen, "always": Always, "endless": Endless}
        return [odd[fault]() if fault in odd else layers.GaussianNoise(0.1, seed=seed)]


@frozen
class Mixture(Augmentation):
    """Mix each example with the next one, with a fault."""

    name = "mixture"
    reads = "vector"
    mixes = True
    fault: str = "none"

    def layers(self, seed: int) -> Sequence[Any]:
        from keras import layers, ops, random

        fault = self.fault

        class Mix(layers.Layer):
            def __init__(self) -> None:
                super().__init__()
                self.generator = random.SeedGenerator(seed)

            def call(self, data: Any, training: bool = False) -> Any:
                x, shares = data["images"], data["labels"]
                if not training:
                    return {"images": x, "labels": shares * (2.0 if fault == "always" else 1.0)}
                share = random.uniform((ops.shape(x)[0], 1), seed=self.generator)

                def mix(values: Any) -> Any:
                    return share * values + (1 - share) * ops.roll(values, 1, axis=0)

                changed = {"double": 2.0 * mix(shares), "labels": shares}.get(fault, mix(shares))
                return {"images": mix(x), "labels": changed}

        return [Mix()]


@pytest.mark.parametrize(
    ("fault", "promise", "told"),
    [
        ("double", KIT.test_shares_tell_what_a_mixed_example_is_made_of, "sum to 1"),
        ("labels", KIT.test_shares_tell_what_a_mixed_example_is_made_of, "change `labels`"),
        ("always", KIT.test_shares_are_left_alone_at_inference, "hand on `labels`"),
    ],
)
def test_a_fault_of_what_mixes_is_told(fault: str, promise: Callable[..., None], told: str) -> None:
    with pytest.raises(AssertionError) as failure:
        promise(KIT(), Mixture(fault), examples())
    assert told in str(failure.value)


@pytest.mark.parametrize(
    ("fault", "promise", "told"),
    [
        ("nothing", KIT.test_it_changes_examples_in_training, "nothing changes"),
        ("always", KIT.test_it_does_nothing_at_inference, "hand on what they are given"),
        ("no seed", KIT.test_all_its_randomness_follows_from_the_seed, "one seed gives two"),
        ("one seed", KIT.test_all_its_randomness_follows_from_the_seed, "two seeds give the same"),
        ("frozen", KIT.test_every_step_of_a_compiled_epoch_draws_anew, "repeats the first"),
        ("endless", KIT.test_examples_keep_their_shape_and_stay_finite, ""),
    ],
)
def test_a_fault_is_told(fault: str, promise: Callable[..., None], told: str) -> None:
    with pytest.raises(AssertionError) as failure:
        promise(KIT(), Noise(fault), examples())
    assert told in str(failure.value)


@pytest.mark.parametrize(
    "promise",
    [
        KIT.test_it_changes_examples_in_training,
        KIT.test_it_does_nothing_at_inference,
        KIT.test_all_its_randomness_follows_from_the_seed,
        KIT.test_every_step_of_a_compiled_epoch_draws_anew,
        KIT.test_examples_keep_their_shape_and_stay_finite,
        KIT.test_shares_tell_what_a_mixed_example_is_made_of,
        KIT.test_shares_are_left_alone_at_inference,
    ],
    ids=lambda promise: promise.__name__,
)
def test_an_augmentation_without_a_fault_keeps_its_promises(promise: Callable[..., None]) -> None:
    for augmentation in (Noise(), Mixture()):
        promise(KIT(), augmentation, examples())


def examples() -> Any:
    return np.random.default_rng(0).normal(size=(64, 24)).astype("float32")
