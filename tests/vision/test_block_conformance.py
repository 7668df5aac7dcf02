"""Every block of the pack keeps the promises of a block."""

from __future__ import annotations

import pytest

import archivolt_vision
from archivolt.components.block import Block
from archivolt.testing import BlockConformance
from archivolt.values.features import Features, image
from archivolt_vision.application import Application
from archivolt_vision.small_networks import Lenet, SmallResnet

SETTINGS = (
    Lenet(),
    Lenet(width=2, activation="relu", pooling="max"),
    SmallResnet(filters=8),
    SmallResnet(depth=14, filters=12),
    Application("mobilenet_v2", width=0.25),
    Application("mobilenet_v3_small", width=0.25, side=48, pooling="max"),
)


class TestWholeNetworks(BlockConformance):
    @pytest.fixture(params=SETTINGS, ids=str)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param

    @pytest.fixture
    def sizes(self, block: Block) -> tuple[Features, ...]:
        return (image(16, 16, 1), image(20, 25, 3), image(40, 32, 5))


def test_every_block_of_the_pack_is_tried():
    assert {type(each) for each in SETTINGS} == set(archivolt_vision.archivolt_blocks())
