"""Every block of this pack."""

from __future__ import annotations

from archivolt.components.block import Block
from archivolt_audio.attention_over_time import AttentionQuery, KeywordTransformer
from archivolt_audio.conv_recurrent import ConvRecurrent
from archivolt_audio.svdf import ResidualSvdf
from archivolt_audio.temporal_convolutions import SeparableConv1D, TcResnet

BLOCKS: tuple[type[Block], ...] = (
    ResidualSvdf,
    TcResnet,
    SeparableConv1D,
    ConvRecurrent,
    KeywordTransformer,
    AttentionQuery,
)
