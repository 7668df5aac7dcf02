"""The presets for pictures sample networks of every block they name, within their limits."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from archivolt.config.loading import load_config
from archivolt.plugins.registry import load_plugins
from archivolt.search.setting_up import space_of
from archivolt.values.features import image

SIZES = {"28x28x1": image(28, 28, 1), "64x64x3": image(64, 64, 3), "100x80x3": image(100, 80, 3)}


@cache
def registry():
    return load_plugins(warn=False)


@pytest.mark.parametrize("features", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("preset", ["image", "image_tiny"])
def test_a_preset_samples_every_block_within_its_limits(preset, features):
    config = load_config(None, registry(), preset=preset)
    space = space_of(config, features, outputs=10)
    rng = np.random.default_rng(0)
    seen = set()

    for _ in range(400):
        candidate = space.sample(rng)
        cost = space.footprint(candidate.architecture)
        assert cost.parameters <= space.limits.parameters
        assert cost.flops <= space.limits.flops
        seen |= {block.name for block in candidate.architecture}

    assert seen >= {choice.block.name for choice in space.blocks}


def test_the_tiny_preset_keeps_within_sixty_thousand_parameters():
    assert load_config(None, registry(), preset="image_tiny").space.limits.parameters == 60_000
