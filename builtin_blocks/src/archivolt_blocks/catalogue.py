"""Every block and connector of this pack."""

from __future__ import annotations

from archivolt.components.block import Block
from archivolt_blocks.attention import Attention
from archivolt_blocks.batch_ensemble import BatchEnsemble
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

BLOCKS: tuple[type[Block], ...] = (
    Identity,
    Dense,
    PyramidDense,
    LowRank,
    Bottleneck,
    ResidualMlp,
    BatchEnsemble,
    MergeEarlier,
    ImageIdentity,
    Convolution,
    PyramidConvolution,
    DownsampleConvolution,
    SeparableConvolution,
    Pooling,
    Residual,
    DualResidual,
    Inception,
    SqueezeExcite,
    MergeEarlierImage,
    NasnetNormal,
    NasnetReduction,
    SequenceIdentity,
    StepDense,
    Conv1D,
    SimpleRnn,
    Gru,
    Lstm,
    Attention,
    Svdf,
    MergeEarlierSequence,
    ImageToVector,
    SequenceToVector,
    EmbedColumns,
)
