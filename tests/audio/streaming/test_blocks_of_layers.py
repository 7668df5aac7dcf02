"""Layers of a saved network are told to be of the block that made them."""

from __future__ import annotations

import keras
import pytest

from archivolt.values.features import sequence
from archivolt_audio.streaming.blocks_of_layers import block_of
from archivolt_audio.streaming.errors import NotStreamableError
from archivolt_audio.streaming.models import streaming_model
from archivolt_audio.svdf import ResidualSvdf
from archivolt_blocks.attention import Attention
from archivolt_blocks.connectors import SequenceToVector
from archivolt_blocks.recurrent import Lstm
from archivolt_blocks.sequences import Conv1D
from archivolt_keras.network import build_network

LATE = (Conv1D(16, kernel=3), Lstm(8, bidirectional=True), Attention(2, 8, causal=True))


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("late", LATE, ids=str)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_block_is_named_wherever_it_stands(at, late, padded, tmp_path):
    blocks = [ResidualSvdf(nodes=16), Conv1D(8, causal=True), SequenceToVector("last")]
    blocks.insert(at, late)
    built, again = (
        build_network(blocks, sequence(12, 6, padded=padded), 3, dropout=0.1).model for _ in "ab"
    )
    built.save(tmp_path / "network.keras")
    saved = keras.saving.load_model(tmp_path / "network.keras")
    with pytest.raises(NotStreamableError) as caught:
        streaming_model(saved)

    assert block_of(caught.value.layer, saved, again, blocks) == f"block {at}, {late}"


def test_a_network_of_other_layers_tells_nothing():
    one, other = (
        build_network([Conv1D(8), each, SequenceToVector("last")], sequence(12, 6), 3).model
        for each in (Conv1D(8), ResidualSvdf(nodes=16))
    )

    assert block_of("Conv1D 'conv1d'", one, other, ()) is None
