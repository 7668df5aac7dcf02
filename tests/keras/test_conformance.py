from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from archivolt import hookimpl
from archivolt.plugins.registry import load_plugins
from archivolt.testing import EvaluatorConformance, SourceConformance
from archivolt.values.candidate import Candidate
from archivolt.values.recipe import Recipe
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.sources.arrays import ArraySource
from archivolt_keras.sources.stream import StreamSource


@pytest.fixture(scope="module")
def prepared(tiny, tmp_path_factory):
    dataset = tiny.array_dataset()
    rows = tiny.splits(dataset.rows)
    folder = tmp_path_factory.mktemp("problem")
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(), rows, folder)


class TestKeras(EvaluatorConformance):
    @pytest.fixture
    def evaluator(self):
        return KerasEvaluator()

    @pytest.fixture
    def problem(self, prepared):
        return prepared

    @pytest.fixture
    def candidate(self, tiny):
        recipe = Recipe(epochs=4, batch_size=16, learning_rate=0.01, dropout=0.1)
        return Candidate((tiny.Dense(8, normalise=True), tiny.LookBack(4)), recipe)

    @pytest.fixture
    def registry(self, tiny):
        class Plugin:
            @hookimpl
            def archivolt_blocks(self):
                return [tiny.Dense, tiny.LookBack]

        return load_plugins(allow=(), extra=[("tiny", Plugin())], warn=False)


def examples(rows, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(3.0, 2.0, (rows, 6, 4)).astype("float32"), rng.integers(0, 3, rows)


class TestArrays(SourceConformance):
    @pytest.fixture
    def source(self):
        return ArraySource.from_memory(*examples(45, 0))

    @pytest.fixture
    def further(self):
        return examples(7, 1)[0]


class TestStream(SourceConformance):
    @pytest.fixture
    def source(self):
        return StreamSource.from_memory(tf.data.Dataset.from_tensor_slices(examples(45, 0)))

    @pytest.fixture
    def further(self):
        return examples(7, 1)[0]
