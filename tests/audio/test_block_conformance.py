"""Every block of the pack keeps the promises of a block."""

from __future__ import annotations

import pytest

import archivolt_audio
from archivolt.components.block import Block
from archivolt.testing import SequenceBlockConformance
from archivolt.values.features import Features, sequence
from archivolt_audio.attention_over_time import AttentionQuery, KeywordTransformer
from archivolt_audio.conv_recurrent import ConvRecurrent
from archivolt_audio.svdf import ResidualSvdf
from archivolt_audio.temporal_convolutions import SeparableConv1D, TcResnet

SETTINGS = (
    ResidualSvdf(nodes=16),
    ResidualSvdf(nodes=16, memory=3, rank=2, bottleneck=8, normalisation="none", skip=False),
    TcResnet(16),
    TcResnet(8, kernel=3, stride=2, causal=True, activation="silu"),
    TcResnet(8, kernel=3, normalisation="none"),
    SeparableConv1D(16),
    SeparableConv1D(8, kernel=3, repeats=2, skip=True, stride=2, between=True, dropout=0.1),
    SeparableConv1D(16, kernel=3, dilation=2, causal=True, normalisation="none", skip=True),
    SeparableConv1D(8, kernel=5, stride=2, causal=True, normalisation="layer"),
    ConvRecurrent(filters=4, units=8),
    ConvRecurrent(filters=4, bins=3, stride=1, bin_stride=1, units=8, bidirectional=True),
    ConvRecurrent(filters=4, kernel=3, bins=5, stride=4, bin_stride=4, causal=True, units=8),
    KeywordTransformer(),
    KeywordTransformer(heads=2, head_width=8, expansion=1, places=False, dropout=0.1),
    AttentionQuery(),
    AttentionQuery(heads=1, head_width=8, query="average"),
)


class TestBlocksForSpectra(SequenceBlockConformance):
    @pytest.fixture(params=SETTINGS, ids=str)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param

    @pytest.fixture
    def sizes(self, block: Block) -> tuple[Features, ...]:
        return (sequence(9, 8), sequence(14, 10), sequence(20, 13))


def test_every_block_of_the_pack_is_tried():
    assert {type(each) for each in SETTINGS} == set(archivolt_audio.archivolt_blocks())
