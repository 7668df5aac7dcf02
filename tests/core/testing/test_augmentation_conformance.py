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
    ],
    ids=lambda promise: promise.__name__,
)
def test_an_augmentation_without_a_fault_keeps_its_promises(promise: Callable[..., None]) -> None:
    promise(KIT(), Noise(), examples())


def examples() -> Any:
    return np.random.default_rng(0).normal(size=(64, 24)).astype("float32")
