"""A problem small enough to train in a moment: two blobs, as one array and as a table."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import pytest
from attrs import evolve, frozen

from archivolt import Block, Columns, Source, tunable
from archivolt.components.source import Dataset, FrontEnd, Input
from archivolt.values.encoding import encode
from archivolt.values.features import ColumnLayout, columns, vector
from archivolt.values.problem import METRICS, Problem, Task

# What a colleague has who was sent the folder: Keras and TensorFlow.
WITHOUT_ARCHIVOLT = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("archivolt"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocker())
"""


@frozen
class TinyDense(Block):
    """A dense layer with normalisation."""

    name = "tiny_dense"
    reads = writes = "vector"
    units: int = tunable(8, choices=(4, 8, 16))
    normalise: bool = tunable(False, choices=(False, True))

    def build(self, x, earlier):
        from keras import layers

        x = layers.Dense(self.units)(x)
        if self.normalise:
            x = layers.BatchNormalization()(x)
        return layers.Activation("relu")(x)


@frozen
class TinyLookBack(Block):
    """A dense layer on everything before."""

    name = "tiny_look_back"
    reads = writes = "vector"
    looks_back = True
    units: int = tunable(4, choices=(4, 8))

    def build(self, x, earlier):
        from keras import layers

        return layers.Dense(self.units)(layers.Concatenate()([*earlier, x]) if earlier else x)


@frozen
class TinyEmbedding(Block):
    """Columns as one vector."""

    name = "tiny_embedding"
    reads = "columns"
    writes = "vector"
    connector = True
    width: int = 3

    def build(self, x: Columns, earlier):
        from keras import layers

        parts = [x.numeric] if x.numeric is not None else []
        for index, size in enumerate(x.layout.cardinalities):
            parts.append(layers.Embedding(size, self.width)(x.categories[:, index]))
        return layers.Concatenate()(parts) if len(parts) > 1 else parts[0]


@frozen
class TinyArrays(Source):
    """One array, standardised."""

    name = "tiny_arrays"

    def front_end(self, training):
        import keras
        from keras import layers

        x = training.features["x"]
        raw = keras.Input((x.shape[1],), name="x")
        norm = layers.Normalization(mean=x.mean(axis=0), variance=x.var(axis=0))
        return FrontEnd(keras.Model({"x": raw}, {"features": norm(raw)}), vector(x.shape[1]))


@frozen
class TinyTable(Source):
    """Two columns of numbers and one of words."""

    name = "tiny_table"

    def front_end(self, training):
        import keras
        from keras import layers, ops

        names = ("age", "hours")
        raw = {name: keras.Input((1,), name=name) for name in names}
        raw["job"] = keras.Input((1,), dtype="string", name="job")
        scaled = []
        for name in names:
            column = training.features[name].astype("float32")
            norm = layers.Normalization(axis=None, mean=column.mean(), variance=column.var())
            scaled.append(norm(raw[name]))
        words = sorted(set(training.features["job"]))
        lookup = layers.StringLookup(vocabulary=words, num_oov_indices=1)
        parts = {
            "numeric": layers.Concatenate()(scaled),
            "categories": ops.cast(lookup(raw["job"]), "int32"),
        }
        layout = ColumnLayout(names, ((0.0,), (0.0,)), ("job",), (len(words) + 1,))
        return FrontEnd(keras.Model(raw, parts), columns(layout))


def blobs(rows: int = 240, classes: int = 2, seed: int = 0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows)
    centres = 2.0 * np.random.default_rng(99).normal(size=(classes, 4))
    return (centres[labels] + rng.normal(size=(rows, 4))).astype("float32"), labels


def array_dataset(rows: int = 240, classes: int = 2, seed: int = 0, **more) -> Dataset:
    x, labels = blobs(rows, classes, seed)
    names = np.array([f"class {index}" for index in range(classes)], dtype=object)
    more = {"labels": names[labels], **more}
    return Dataset(inputs=(Input("x", "array", (4,)),), features={"x": x}, **more)


def table_dataset(rows: int = 240, seed: int = 0) -> Dataset:
    x, labels = blobs(rows, 2, seed)
    jobs = np.array(["baker", "miner", "nurse"], dtype=object)[(labels + (x[:, 2] > 0)) % 3]
    return Dataset(
        inputs=(
            Input("age", "numeric"),
            Input("hours", "numeric"),
            Input("job", "category", (), "string"),
        ),
        features={"age": 40 + 9 * x[:, 0], "hours": 30 + 5 * x[:, 1], "job": jobs},
        labels=labels,
        targets=("rich",),
    )


def splits(rows: int) -> dict[str, np.ndarray]:
    order = np.random.default_rng(1).permutation(rows)
    train, validation = int(rows * 0.6), int(rows * 0.8)
    return {
        "train": np.sort(order[:train]),
        "validation": np.sort(order[train:validation]),
        "report": np.sort(order[validation:]),
    }


def unprepared(kind: str = "binary", metric: str | None = None, **details) -> Problem:
    classes = {
        "binary": ("class 0", "class 1"),
        "multiclass": ("class 0", "class 1", "class 2"),
        "multilabel": ("hot", "wet"),
        "regression": (),
    }[kind]
    outputs = {"binary": 1, "multiclass": 3, "multilabel": 2, "regression": 1}[kind]
    targets = {"multilabel": ("hot", "wet"), "regression": ("price",)}.get(kind, ("kind",))
    found = next(each for each in METRICS[kind] if metric in (None, each.name))
    return Problem(Task(kind, classes, targets, outputs), found, vector(1), details=details)


def posed(kind: str):
    """Pose a problem of a task, or one on the columns of a table.

    Returns:
        Data, source, problem, and the blocks that a network on them begins with.
    """
    if kind == "table":
        problem = unprepared()
        task = evolve(problem.task, classes=("0", "1"), targets=("rich",))
        return table_dataset(), TinyTable(), evolve(problem, task=task), (TinyEmbedding(),)
    dataset = array_dataset(classes=2 if kind == "binary" else 3)
    x = dataset.features["x"]
    if kind == "regression":
        dataset.labels = 1e3 + 50 * (x[:, 0] + x[:, 1])
    elif kind == "multilabel":
        dataset.labels = np.stack([x[:, 0] > 0, x[:, 1] > 1], axis=1).astype(int)
    return dataset, TinyArrays(), unprepared(kind), ()


class Plain:
    """A codec for values that nobody reads back."""

    def encode(self, value):
        return encode(value)


class Quiet:
    """A report that nobody hears, for trials that take nothing from others."""

    codec = Plain()
    worker_seconds = None

    def __init__(self, artifacts):
        self._artifacts = artifacts

    def __call__(self, epoch, metrics):
        return True

    def folder(self, number):
        return self._artifacts

    def transfers(self, trial):
        return ()

    def versions(self, blocks):
        return ("tiny 1",) * len(blocks)


class Remembering:
    """A codec that gives back what it was given."""

    def __init__(self):
        self.values = {}

    def encode(self, value):
        data = encode(value)
        self.values[json.dumps(data)] = value
        return data

    def decode(self, data, as_type):
        return self.values[json.dumps(data)]


class RunReport:
    """A report whose trials learn from teachers by these strategies."""

    codec = Remembering()
    worker_seconds = None

    def __init__(self, folder, *given, recorded=None):
        self.given, self._folder, self._recorded = given, folder, recorded or folder

    def __call__(self, epoch, metrics):
        return True

    def folder(self, number):
        path = self._folder / f"{number:05d}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def recorded(self, number):
        return self._recorded / f"{number:05d}"

    def teacher(self, fingerprint):
        return self._recorded / "teachers" / fingerprint

    def transfers(self, trial):
        return self.given

    def versions(self, blocks):
        return ("tiny 1",) * len(blocks)


@pytest.fixture(scope="session")
def tiny():
    """The blocks, sources and data of these tests."""
    return SimpleNamespace(
        Dense=TinyDense,
        LookBack=TinyLookBack,
        Embedding=TinyEmbedding,
        Arrays=TinyArrays,
        Table=TinyTable,
        array_dataset=array_dataset,
        table_dataset=table_dataset,
        splits=splits,
        problem=unprepared,
        posed=posed,
        WITHOUT_ARCHIVOLT=WITHOUT_ARCHIVOLT,
        Report=Quiet,
        RunReport=RunReport,
    )
