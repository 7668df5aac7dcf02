"""Every block of the pack keeps the promises of a block."""

from __future__ import annotations

import pytest

from archivolt.components.block import Block
from archivolt.testing import BlockConformance, SequenceBlockConformance
from archivolt.values.features import SEQUENCE
from archivolt_blocks.attention import Attention
from archivolt_blocks.batch_ensemble import BatchEnsemble
from archivolt_blocks.catalogue import BLOCKS
from archivolt_blocks.connectors import ImageToVector, SequenceToVector
from archivolt_blocks.convolutions import (
    Convolution,
    DownsampleConvolution,
    PyramidConvolution,
    SeparableConvolution,
)
from archivolt_blocks.embed_columns import EmbedColumns
from archivolt_blocks.image_branches import DualResidual, Inception, Residual
from archivolt_blocks.image_channels import ImageIdentity, Pooling, SqueezeExcite
from archivolt_blocks.merging import MergeEarlier, MergeEarlierImage, MergeEarlierSequence
from archivolt_blocks.nasnet import NasnetNormal, NasnetReduction
from archivolt_blocks.recurrent import Gru, Lstm, SimpleRnn
from archivolt_blocks.sequences import Conv1D, SequenceIdentity, StepDense, Svdf
from archivolt_blocks.vectors import (
    Bottleneck,
    Dense,
    Identity,
    LowRank,
    PyramidDense,
    ResidualMlp,
)

SETTINGS = (
    Identity(),
    Dense(32),
    Dense(16, activation="gelu", normalisation="batch", dropout=0.1, residual="pad"),
    Dense(64, activation="leaky_relu", residual="pad"),
    Dense(16, activation="silu", normalisation="layer", residual="project"),
    Dense(16, activation="tanh", residual="concatenate"),
    PyramidDense(),
    PyramidDense(ratio=1.0, residual="concatenate", most=100),
    PyramidDense(ratio=2.0, normalisation="batch", residual="project", kernel_limit=120),
    LowRank(rank=2),
    LowRank(rank=4, ratio=0.5, activation="elu", skip=False),
    Bottleneck(),
    Bottleneck(width=8, skip=False),
    ResidualMlp(units=32),
    ResidualMlp(units=32, expansion=1.5, normalisation="layer", residual_dropout=0.1),
    BatchEnsemble(units=32, members=4),
    BatchEnsemble(units=32, depth=1, members=4, dropout=0.1),
    MergeEarlier(),
    MergeEarlier(back=3, mode="concatenate"),
    ImageIdentity(),
    Convolution(16),
    Convolution(8, kernel="1x7", stride=2, normalisation="none", activation="silu"),
    Convolution(8, kernel="3x3", dilation=4, normalisation="layer"),
    PyramidConvolution(kernel="5x5"),
    PyramidConvolution(growth=2.0, kernel="4x4", normalisation="none"),
    DownsampleConvolution(),
    DownsampleConvolution(kernel="4x4", growth=1.5, normalisation="none"),
    DownsampleConvolution(least=32),
    SeparableConvolution(16),
    SeparableConvolution(24, kernel="5x5", stride=2, normalisation="none"),
    Pooling(),
    Pooling(mode="average", size=3, stride=1),
    Residual(),
    Residual(kernel="5x5", growth=2.0, stride=2, normalisation="none"),
    Residual(growth=2.0, stride=2, shortcut="projection"),
    Residual(least=16),
    DualResidual(),
    DualResidual(other_kernel="5x5", normalisation="none", activation="gelu"),
    Inception(),
    Inception(share=0.5, kernel="4x4", normalisation="none"),
    SqueezeExcite(),
    MergeEarlierImage(),
    MergeEarlierImage(back=2, mode="concatenate"),
    *(ImageToVector(mode) for mode in ("average", "max", "flatten", "downsample")),
    NasnetNormal(4),
    NasnetReduction(8),
    SequenceIdentity(),
    StepDense(32),
    StepDense(16, activation="gelu", normalisation="batch", dropout=0.1, skip=True),
    Conv1D(16),
    Conv1D(32, kernel=2, dilation=2, causal=True, skip=True, normalisation="none"),
    Conv1D(16, kernel=4, normalisation="layer", activation="silu"),
    SimpleRnn(16),
    SimpleRnn(16, skip=True, bidirectional=True),
    Gru(16, skip=True),
    Gru(16, bidirectional=True),
    Lstm(16),
    Lstm(16, skip=True, bidirectional=True),
    Attention(),
    Attention(heads=2, head_width=8, expansion=0, causal=True, dropout=0.1),
    Svdf(),
    Svdf(units=20, memory=5, rank=3, projection=7, activation="gelu"),
    Svdf(units=16, memory=1, rank=2),
    MergeEarlierSequence(),
    MergeEarlierSequence(back=3, mode="concatenate"),
    *(SequenceToVector(mode) for mode in ("last", "average", "max", "flatten")),
    EmbedColumns(),
    EmbedColumns(scaling="quantile", bins=48, number_width=4, categories="one_hot"),
    EmbedColumns(numbers="periodic", sigma=0.3, category_width=4),
    EmbedColumns(scaling="quantile", numbers="periodic", frequencies=8),
    EmbedColumns(numbers="linear", number_width=16),
    EmbedColumns(numbers="plain", categories="one_hot", most_one_hot=100),
    EmbedColumns(scaling="quantile", numbers="plain"),
)


def described(block: Block) -> str:
    return str(block)


class TestBuiltins(BlockConformance):
    @pytest.fixture(params=[each for each in SETTINGS if each.reads != SEQUENCE], ids=described)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param


class TestSequenceBlocks(SequenceBlockConformance):
    @pytest.fixture(params=[each for each in SETTINGS if each.reads == SEQUENCE], ids=described)
    def block(self, request: pytest.FixtureRequest) -> Block:
        return request.param


def test_every_block_of_the_pack_is_tried():
    assert {type(each) for each in SETTINGS} == set(BLOCKS)
