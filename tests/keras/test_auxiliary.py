"""An auxiliary head: trained beside, gone from what is scored, stored and delivered."""

import numpy as np
import pytest
from attrs import evolve
from safetensors.numpy import load_file

from archivolt.values.candidate import Candidate
from archivolt.values.features import image, sequence, vector
from archivolt.values.recipe import Recipe
from archivolt.values.trial import Trial
from archivolt_keras import evaluation
from archivolt_keras.auxiliary import inner_position
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.network import build_network

RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.01, auxiliary=0.4)


@pytest.fixture(scope="module")
def problem(tiny, tmp_path_factory):
    dataset = tiny.array_dataset()
    folder = tmp_path_factory.mktemp("problem")
    rows = tiny.splits(dataset.rows)
    return KerasEvaluator().prepare(dataset, tiny.Arrays(), tiny.problem(), rows, folder)


@pytest.fixture
def blocks(tiny):
    return (tiny.Dense(8), tiny.Dense(8), tiny.Dense(4, normalise=True))


def trained(problem, blocks, recipe, folder, tiny, **fields):
    report = tiny.Report(folder)
    folder.mkdir(parents=True, exist_ok=True)
    trial = Trial(0, Candidate(blocks, recipe), seed=1, **fields)
    return KerasEvaluator().evaluate(trial, problem, report)


@pytest.mark.parametrize(("depth", "position"), [(1, None), (2, 1), (3, 2), (6, 4), (12, 8)])
def test_it_stands_two_thirds_of_the_way_up(depth, position, tiny):
    assert inner_position((tiny.Dense(8),) * depth) == position


def test_the_network_that_is_delivered_is_the_same_with_and_without(blocks):
    plain = build_network(blocks, vector(4), 3, seed=5)
    beside = build_network(blocks, vector(4), 3, seed=5, auxiliary=True)

    assert plain.keys == beside.keys
    assert (plain.parameters, plain.flops) == (beside.parameters, beside.flops)
    for name, weight in plain.weights().items():
        np.testing.assert_array_equal(weight, beside.weights()[name])
    assert set(beside.auxiliary()) == {
        "auxiliary/auxiliary_logits/kernel",
        "auxiliary/auxiliary_logits/bias",
    }
    assert plain.auxiliary() == {}
    main, second = beside.trained({"features": np.ones((2, 4), "float32")})
    assert main.shape == second.shape == (2, 3)


def test_one_block_leaves_no_room_and_that_is_told(problem, tiny, tmp_path):
    result = trained(problem, (tiny.Dense(8),), RECIPE, tmp_path, tiny)

    assert result.score > 0.7
    assert any("no room" in warning for warning in result.warnings)


def test_it_changes_what_the_blocks_below_learn_and_nothing_that_is_stored(
    problem, blocks, tiny, tmp_path
):
    found = {}
    for share in (0.0, 0.4, 1.0):
        recipe = evolve(RECIPE, auxiliary=share)
        folder = tmp_path / str(share)
        result = trained(problem, blocks, recipe, folder, tiny)
        found[share] = load_file(folder / "weights.safetensors")
        assert result.score > 0.8
        assert result.warnings == ()

    assert found[0.0].keys() == found[0.4].keys()
    kernels = [each["block_0/dense/kernel"] for each in found.values()]
    assert not np.allclose(kernels[0], kernels[1])
    assert not np.allclose(kernels[1], kernels[2])


def test_a_promoted_trial_goes_on_with_the_head_that_it_had(problem, blocks, tiny, tmp_path):
    at_once = trained(problem, blocks, RECIPE, tmp_path / "whole", tiny)
    trained(problem, blocks, RECIPE, tmp_path / "parts", tiny, target_epochs=2)
    evaluation._trainers.cache_clear()  # the worker was another one
    second = trained(problem, blocks, RECIPE, tmp_path / "parts", tiny, target_epochs=4, epochs=2)

    assert second == at_once


def test_the_same_trial_has_the_same_score_whether_its_trainer_is_new(
    problem, blocks, tiny, tmp_path
):
    evaluation._trainers.cache_clear()
    new = trained(problem, blocks, RECIPE, tmp_path / "new", tiny)
    trained(problem, blocks, evolve(RECIPE, auxiliary=0.9), tmp_path / "other", tiny)
    kept = trained(problem, blocks, RECIPE, tmp_path / "kept", tiny)

    assert new == kept


@pytest.mark.parametrize(
    ("features", "build"),
    [
        (image(8, 8, 3), lambda layers: layers.Conv2D(4, 3, padding="same")),
        (sequence(6, 3), lambda layers: layers.Conv1D(4, 3, padding="same")),
    ],
    ids=["image", "sequence"],
)
def test_what_is_no_vector_is_pooled(features, build):
    from keras import layers

    from archivolt_keras.auxiliary import auxiliary_logits

    class Below:
        writes = features.kind

    import keras

    x = keras.Input(features.shape)
    assert auxiliary_logits(build(layers)(x), Below, 5, False).shape == (None, 5)
    if features.kind == "sequence":
        assert auxiliary_logits(build(layers)(x), Below, 5, True).shape == (None, 6, 5)
