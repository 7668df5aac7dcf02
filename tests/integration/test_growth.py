"""A grown child computes what its parent computed: on trained weights, for every block that can."""

from __future__ import annotations

import os
from functools import cache

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from attrs import evolve

from archivolt.components.growth import grow
from archivolt.components.transfer import Fresh, Stored
from archivolt.plugins.registry import load_plugins
from archivolt.values.candidate import Candidate
from archivolt.values.features import image, vector
from archivolt.values.problem import MULTICLASS, Task
from archivolt.values.recipe import Recipe
from archivolt_weight_sharing.taking import take_grown

TASK = Task(MULTICLASS, outputs=3)
VECTOR, IMAGE = vector(6), image(8, 8, 3)
REGISTRY = load_plugins(warn=False)


def block(name, **fields):
    return REGISTRY.find("block", name)(**fields)


DENSE = block("dense", units=16)
BATCH = block("dense", units=16, normalisation="batch", activation="gelu")
PLAIN = block("convolution", filters=8, normalisation="none")
NORMED = block("convolution", filters=8)
POOLED = block("image_to_vector")
FLAT = block("image_to_vector", mode="flatten")

# The stack of the parent, the place that grows, and its block then.
WIDER = {
    "dense": ((DENSE, DENSE), 0, {"units": 32}),
    "the last one, before the head": ((DENSE,), 0, {"units": 64}),
    "batch normalisation": ((BATCH, DENSE), 0, {"units": 32}),
    "projected past": ((DENSE, evolve(DENSE, residual="project")), 0, {"units": 32}),
    "put beside": ((DENSE, evolve(DENSE, residual="concatenate"), DENSE), 0, {"units": 32}),
    "pyramid": ((DENSE, block("pyramid_dense", normalisation="batch"), DENSE), 0, {"units": 64}),
    "low rank": ((DENSE, block("low_rank", rank=2)), 1, {"rank": 8}),
    "low rank, its input": ((DENSE, block("low_rank", skip=False)), 0, {"units": 32}),
    "bottleneck": ((DENSE, block("bottleneck", width=8)), 1, {"width": 32}),
    "residual mlp": ((DENSE, block("residual_mlp", units=32)), 1, {"expansion": 3.0}),
    "an earlier output": ((DENSE, DENSE, block("merge_earlier", mode="concatenate")), 0, None),
    "convolution": ((PLAIN, NORMED, POOLED), 0, {"filters": 16}),
    "convolution, then flattened": ((NORMED, FLAT, DENSE), 0, {"filters": 16}),
    "separable": (
        (NORMED, block("separable_convolution", filters=8), POOLED), 0, {"filters": 16},
    ),
    "separable itself": (
        (block("separable_convolution", filters=8), FLAT), 0, {"filters": 16},
    ),
    "pooling": ((NORMED, block("pooling"), POOLED, DENSE), 0, {"filters": 16}),
    "growing channels": (
        (PLAIN, block("pyramid_convolution", growth=2.0), POOLED), 0, {"filters": 16},
    ),
    "squeeze and excite": ((PLAIN, block("squeeze_excite"), POOLED), 0, {"filters": 16}),
    "downsampling": ((PLAIN, block("downsample_convolution"), POOLED), 0, {"filters": 16}),
    "residual": ((PLAIN, block("residual"), POOLED), 0, {"filters": 16}),
    "residual, projected": (
        (PLAIN, block("residual", shortcut="projection", stride=2), POOLED), 0, {"filters": 16},
    ),
}  # fmt: skip

# The stack of the parent, where a block is put in, and which.
DEEPER = {
    "dense behind relu": ((DENSE, DENSE), 1, DENSE),
    "identity": ((DENSE,), 0, block("identity")),
    "a dense residual": (
        (BATCH, DENSE), 1, block("dense", units=16, activation="gelu", residual="pad"),
    ),
    "with batch normalisation": (
        (BATCH, DENSE), 1,
        block("dense", units=16, activation="silu", normalisation="batch", residual="pad"),
    ),
    "low rank with a skip": ((BATCH,), 1, block("low_rank", activation="tanh")),
    "bottleneck": ((BATCH, DENSE), 1, block("bottleneck")),
    "residual mlp": (
        (block("dense", units=32),), 1, block("residual_mlp", units=32, hidden_dropout=0.0),
    ),
    "convolution behind relu": ((NORMED, POOLED), 1, PLAIN),
    "an even kernel": ((NORMED, POOLED), 1, evolve(PLAIN, kernel="4x4")),
    "a dilated kernel": ((NORMED, POOLED), 1, evolve(PLAIN, kernel="3x3", dilation=2)),
    "a flat kernel": ((NORMED, FLAT), 1, evolve(PLAIN, kernel="1x5")),
    "separable": (
        (NORMED, FLAT), 1, block("separable_convolution", filters=8, normalisation="none"),
    ),
    "residual": ((NORMED, POOLED), 1, block("residual")),
    "residual, projected": ((NORMED, POOLED), 1, block("residual", normalisation="none")),
    "two branches": ((NORMED, POOLED), 1, block("dual_residual", normalisation="layer")),
    "inverted residual": ((NORMED, POOLED), 1, block("inverted_residual", squeeze=4)),
    "fused inverted residual": ((NORMED, POOLED), 1, block("fused_inverted_residual")),
    "convnext": ((NORMED, POOLED), 1, block("convnext")),
    "residual, activated before": ((NORMED, POOLED), 1, block("preactivation_residual")),
    "behind pooling": ((NORMED, block("pooling"), POOLED), 2, PLAIN),
    "behind the connector": ((NORMED, POOLED), 2, block("dense", units=8)),
}  # fmt: skip


def examples(features, rows=48):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, *features.shape)).astype(np.float32)
    return x, rng.integers(0, 3, rows)


def train(network, features, epochs):
    from archivolt_keras.training.data import TrainingData
    from archivolt_keras.training.trainer import Trainer

    x, labels = examples(features)
    data = TrainingData.on_device({"features": x}, labels, TASK)
    recipe = Recipe(learning_rate=0.01, batch_size=16, epochs=epochs)
    trainer = Trainer(network.model, TASK, recipe, data, 1)
    for _ in range(epochs):
        trainer.run_epoch()


@cache
def trained(architecture, features):
    """Train a network for some steps; its weights, and what it says on examples."""
    from archivolt_keras.network import build_network

    x, _ = examples(features)
    network = build_network(architecture, features, 3, seed=1)
    train(network, features, epochs=4)
    versions = ("1",) * len(architecture)
    stored = Stored("trial 0", Candidate(architecture), features, versions, network.weights())
    return stored, network.forward({"features": x}).numpy()


def started(architecture, features, stored):
    """Build a network, start it from a stored one, and ask it about the same examples."""
    from archivolt_keras.network import build_network
    from archivolt_keras.starting import places

    network = build_network(architecture, features, 3, seed=2)
    fresh = Fresh(
        Candidate(architecture),
        features,
        ("1",) * len(architecture),
        network.weights(),
        places(network),
    )
    taken = take_grown(fresh, stored)
    assert taken is not None
    network.assign({**network.weights(), **taken.weights})
    return network, taken, network.forward({"features": examples(features)[0]}).numpy()


def features_of(architecture):
    return IMAGE if architecture[0].reads == "image" else VECTOR


@pytest.mark.parametrize(("parent", "at", "change"), WIDER.values(), ids=WIDER)
def test_a_wider_child_computes_what_its_parent_computed(parent, at, change):
    grown = evolve(parent[at], **(change or {"units": 32}))
    child = (*parent[:at], grown, *parent[at + 1 :])
    features = features_of(parent)
    stored, before = trained(parent, features)

    network, taken, now = started(child, features, stored)

    np.testing.assert_allclose(now, before, rtol=1e-5, atol=1e-5)
    assert network.parameters > sum(each.size for each in stored.weights.values())
    assert "grown" in taken.how.values()
    assert np.abs(before - before.mean(0)).max() > 0.01  # it has learnt to say something


@pytest.mark.parametrize(("parent", "at", "new"), DEEPER.values(), ids=DEEPER)
def test_a_deeper_child_computes_what_its_parent_computed(parent, at, new):
    child = (*parent[:at], new, *parent[at:])
    features = features_of(parent)
    stored, before = trained(parent, features)

    network, _, now = started(child, features, stored)

    np.testing.assert_allclose(now, before, rtol=1e-5, atol=1e-5)
    # And no kernel of the new block is dead: training moves each of them.
    kernels = [key for key in network.keys if key.startswith(f"block_{at}/") and "kernel" in key]
    first = network.weights()
    train(network, features, epochs=2)
    last = network.weights()
    assert all(np.abs(last[key] - first[key]).max() > 1e-6 for key in kernels)


CANNOT = {
    "a norm that averages over them": (
        (DENSE, block("residual_mlp", units=16, normalisation="layer")),
        (block("dense", units=32), block("residual_mlp", units=16, normalisation="layer")),
    ),
    "a pad that new features would fill": (
        (DENSE, block("dense", units=64, residual="pad")),
        (block("dense", units=32), block("dense", units=64, residual="pad")),
    ),
    "a relu residual that would be dead": (
        (BATCH,), (BATCH, block("dense", units=16, activation="relu", residual="pad")),
    ),
    "relu behind what may be negative": ((BATCH,), (BATCH, DENSE)),
    "another activation": ((DENSE,), (evolve(DENSE, activation="tanh"),)),
    "a narrower block": ((block("dense", units=32),), (DENSE,)),
}  # fmt: skip


@pytest.mark.parametrize(("parent", "child"), CANNOT.values(), ids=CANNOT)
def test_what_would_compute_something_else_is_told_apart(parent, child):
    assert grow(parent, child, features_of(parent)) is None
