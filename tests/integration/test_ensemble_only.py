"""`archivolt search ensemble_only.yaml`: whole, known networks, combined."""

from __future__ import annotations

import json

import numpy as np
import pytest

import archivolt as library

WHOLE = {"application", "lenet", "small_resnet"}
# The smallest of each, so that all of them are trained within seconds.
SMALLEST = (
    "{name: lenet, width: [1, 2], activation: tanh, pooling: average}",
    "{name: small_resnet, depth: 8, filters: 8}",
    "{name: application, network: mobilenet_v2, width: 0.25, side: 0, pooling: average}",
)
TINY = (
    "--trials", 4,
    "--set", "budget.minutes=null",
    "--set", "executor=inline",
    "--set", "searcher=grid",
    "--set", f"space.blocks=[{', '.join(SMALLEST)}]",
    "--set", "space.recipe={epochs: 1, batch_size: 64, learning_rate: 0.002, schedule: cosine, "
    "weight_decay: 0.0, dropout: 0.0, label_smoothing: 0.0, augmentation: [[]]}",
)  # fmt: skip


@pytest.fixture(scope="module")
def searched(archivolt, examples, tmp_path_factory):
    run = tmp_path_factory.mktemp("ensemble_only") / "run"
    ended = archivolt("search", examples / "ensemble_only.yaml", "--run", run, "--json", *TINY)
    assert ended.status == 0, ended
    return library.open(run), [json.loads(line) for line in ended.lines]


def test_every_trial_is_one_whole_network(searched):
    run, _ = searched

    architectures = [trial.candidate.architecture for trial in run.history]
    assert {len(each) for each in architectures} == {1}
    assert {block.name for (block,) in architectures} == WHOLE


def test_a_trained_network_costs_what_was_known_before(searched):
    run, _ = searched

    for trial in run.history:
        (block,) = trial.candidate.architecture
        told = block.footprint(run.problem.features)
        head = (told.features.size + 1) * run.problem.task.outputs
        assert trial.parameters == told.parameters + head
        assert trial.flops == told.flops + 2 * told.features.size * run.problem.task.outputs


def test_an_ensemble_of_whole_networks_is_delivered_and_loads_with_keras_alone(searched):
    import keras

    run, events = searched
    assert events[-1]["ensemble"]["report"]["accuracy"] > 0.3  # ten classes, an epoch
    model = keras.saving.load_model(run.path / "ensemble" / "ensemble.keras", safe_mode=True)
    with np.load(run.config.data.path) as arrays:
        rows = arrays["x_test"][:20]

    told = run.ensemble.predict_probabilities(rows)

    np.testing.assert_allclose(model.predict(rows, verbose=0), told, atol=1e-5)
