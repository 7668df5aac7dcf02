"""Training on padded sequences: padding changes nothing, whatever blocks stand there."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from archivolt.values.features import sequence
from archivolt.values.problem import MULTICLASS, Task
from archivolt.values.recipe import Recipe
from archivolt_blocks.attention import Attention
from archivolt_blocks.connectors import SequenceToVector
from archivolt_blocks.recurrent import Gru, Lstm
from archivolt_blocks.sequences import Conv1D, Svdf
from archivolt_keras.network import build_network
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.trainer import Trainer

ROWS, TASK = 40, Task(MULTICLASS, outputs=3)


def trained(architecture, padding: int, dropout: float = 0.0) -> list[np.ndarray]:
    """Train on the same sequences, followed by so many padded steps."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, 5, 4)).astype("float32")
    x[np.arange(5) >= rng.integers(1, 6, ROWS)[:, None]] = 0
    x = np.pad(x, ((0, 0), (0, padding), (0, 0)))
    y = rng.integers(0, 3, ROWS)
    network = build_network(
        architecture, sequence(5 + padding, 4, padded=True), 3, dropout=dropout, for_training=True
    )
    recipe = Recipe(learning_rate=0.01, batch_size=16, dropout=dropout)
    data = TrainingData.on_device({"features": x}, y, TASK)
    trainer = Trainer(network.model, TASK, recipe, data, 0, dropout=network.dropout)
    trainer.run_epoch()
    return [each.numpy() for each in network.model.weights]


@pytest.mark.parametrize(
    "architecture",
    [
        (Conv1D(16), Svdf(units=16, rank=2), SequenceToVector("max")),
        (Attention(heads=1, head_width=8, expansion=0), Gru(16), SequenceToVector("last")),
        (Lstm(16, bidirectional=True), SequenceToVector("average")),
    ],
    ids=lambda blocks: " > ".join(each.name for each in blocks),
)
def test_padding_makes_no_difference_to_training(architecture):
    for ours, padded in zip(trained(architecture, 0), trained(architecture, 3), strict=True):
        np.testing.assert_allclose(ours, padded, atol=2e-4)


def test_dropout_between_blocks_keeps_the_mask():
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*does not support masking")
        trained((Conv1D(16), Svdf(units=16), SequenceToVector("last")), 2, dropout=0.2)
