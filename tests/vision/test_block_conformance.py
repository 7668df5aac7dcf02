"""Every block of the pack keeps the promises of a block."""

from __future__ import annotations

import pytest

import archivolt_vision
from archivolt.components.block import Block
from archivolt.testing import BlockConformance
from archivolt.values.features import Features, image
from archivolt_vision.application import Application
from archivolt_vision.convnext import ConvNext, Patchify
from archivolt_vision.inverted_residuals import FusedInvertedResidual, InvertedResidual
from archivolt_vision.preactivation import PreactivationResidual
from archivolt_vision.small_networks import Lenet, SmallResnet

BLOCKS = (
    InvertedResidual(),
    InvertedResidual("5x5", expansion=1, growth=2.0, activation="relu"),
    InvertedResidual("3x3", expansion=3, growth=1.5, stride=2, squeeze=4, activation="hard_silu"),
    InvertedResidual("7x7", expansion=6, squeeze=8, activation="silu", most=7),
    InvertedResidual(least=10),
    FusedInvertedResidual(),
    FusedInvertedResidual("5x5", expansion=4, growth=2.0, stride=2, activation="relu6"),
    FusedInvertedResidual(expansion=1),
    FusedInvertedResidual(expansion=1, growth=1.5, stride=2, activation="relu"),
    ConvNext(),
    ConvNext("3x3", expansion=2, scale=0.1),
    Patchify(),
    Patchify(size=4, filters=16, normalisation="batch"),
    PreactivationResidual(),
    PreactivationResidual("5x5", growth=2.0, stride=2, activation="gelu"),
    PreactivationResidual(growth=1.5),
)
WHOLE = (
    Lenet(),
    Lenet(width=2, activation="relu", pooling="max"),
    SmallResnet(filters=8),
    SmallResnet(depth=14, filters=12),
    Application("mobilenet_v2", width=0.25),
    Application("mobilenet_v3_small", width=0.25, side=48, pooling="max"),
)


class TestBlocks(BlockConformance):
    @pytest.fixture(params=BLOCKS, ids=str)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param


class TestWholeNetworks(BlockConformance):
    @pytest.fixture(params=WHOLE, ids=str)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param

    @pytest.fixture
    def sizes(self, block: Block) -> tuple[Features, ...]:
        return (image(16, 16, 1), image(20, 25, 3), image(40, 32, 5))


def test_every_block_of_the_pack_is_tried():
    assert {type(each) for each in (*BLOCKS, *WHOLE)} == set(archivolt_vision.archivolt_blocks())
