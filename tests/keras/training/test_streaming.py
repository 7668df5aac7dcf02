from __future__ import annotations

import numpy as np
import pytest

from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData, as_labels
from archivolt_keras.training.initial import recorded
from archivolt_keras.training.streaming import MappedData, PipelineData
from archivolt_keras.training.trainer import Trainer

RECIPE = Recipe(learning_rate=0.01, batch_size=16, epochs=3, weight_decay=0.1)
PIECE = 2 * 16 * 5 * 4  # bytes: two batches of five numbers


@pytest.fixture
def outcome(mlp, task):
    def outcome(data):
        with recorded(0):
            model = mlp(rate=0.2).model
        trainer = Trainer(model, task, RECIPE, data, seed=4)
        losses = [trainer.run_epoch() for _ in range(3)]
        assert trainer.traces == 1
        return losses, [each.numpy() for each in model.variables]

    return outcome


@pytest.mark.parametrize("weighted", [False, True])
def test_mapped_files_train_as_resident_data_do(outcome, table, task, tmp_path, weighted):
    x, y = table
    weights = np.linspace(0.5, 2.0, len(x), dtype=np.float32) if weighted else None
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")

    losses, values = outcome(
        MappedData({"x": mapped}, as_labels(y, task), weights, piece_bytes=PIECE)
    )
    expected, others = outcome(TrainingData.on_device({"x": x}, y, task, weights))

    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    for ours, theirs in zip(values, others, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_mapped_files_come_in_pieces_of_whole_batches(table):
    x, y = table
    data = MappedData({"x": x}, y, piece_bytes=PIECE)

    pieces = list(data.pieces(seed=0, epoch=0, batch=16))

    assert [len(piece.order) for piece in pieces] == [32, 32, 19]
    seen = np.concatenate([piece.parts["x"].numpy()[piece.order] for piece in pieces])
    np.testing.assert_array_equal(np.sort(seen, axis=0), np.sort(x, axis=0))


def test_a_pipeline_trains_as_resident_data_do_in_the_same_order(
    outcome, table, task, in_file_order
):
    import tensorflow as tf

    x, y = table
    dataset = tf.data.Dataset.from_tensor_slices(({"x": x}, as_labels(y, task)))

    losses, values = outcome(PipelineData(dataset, len(x), buffer=0, piece_bytes=PIECE))
    expected, others = outcome(in_file_order(TrainingData.on_device({"x": x}, y, task)))

    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    for ours, theirs in zip(values, others, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_pipeline_is_shuffled_by_seed_and_epoch(table):
    import tensorflow as tf

    x, y = table
    data = PipelineData(tf.data.Dataset.from_tensor_slices(({"x": x}, y)), len(x))

    def rows(seed, epoch):
        return np.concatenate([each.labels for each in data.pieces(seed, epoch, 16)])

    np.testing.assert_array_equal(rows(0, 1), rows(0, 1))
    assert not np.array_equal(rows(0, 1), rows(0, 2))
    np.testing.assert_array_equal(np.sort(rows(0, 2)), np.sort(y))


def test_resident_mapped_and_piped_data_share_a_graph(table, task, data):
    import tensorflow as tf

    x, y = table
    piped = PipelineData(tf.data.Dataset.from_tensor_slices(({"x": x}, y)), len(x))

    assert data.structure == MappedData({"x": x}, y).structure == piped.structure
