"""The preset `keyword_streaming`: whatever it proposes runs frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from archivolt.config.loading import load_config
from archivolt.plugins.registry import load_plugins
from archivolt.search.setting_up import space_of
from archivolt.values.features import sequence
from archivolt_audio.streaming.models import streaming_model
from archivolt_keras.network import build_network

CLASSES = 4


@pytest.fixture(scope="module")
def space():
    config = load_config(None, load_plugins(warn=False), preset="keyword_streaming")
    return space_of(config, sequence(60, 40), outputs=CLASSES)


@pytest.fixture(scope="module")
def architectures(space):
    rng = np.random.default_rng(0)
    return [space.sample(rng).architecture for _ in range(300)]


def test_it_samples_all_its_blocks_within_the_limits_of_a_keyword_spotter(space, architectures):
    assert space.limits.parameters == 100_000
    for each in architectures:
        cost = space.footprint(each)
        assert cost.parameters <= 100_000
        assert cost.flops <= 8_000_000
    seen = {block.name for each in architectures for block in each}
    assert seen >= {choice.block.name for choice in space.blocks}


def test_each_of_its_blocks_streams_and_has_an_int8_form(space, architectures):
    waiting = {choice.block.name for choice in space.blocks}
    for each in architectures:
        if not waiting & {block.name for block in each}:
            continue
        built = build_network(each, space.features, CLASSES)

        streamed = streaming_model(built.model)

        frames, states = streamed.input
        assert frames.shape[-1] == 40
        assert len(states) > 0
        assert all(block.int8 for block in each)
        waiting -= {block.name for block in each}
    assert waiting == set()
