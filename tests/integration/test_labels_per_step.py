"""A label for each step of sequences: searched, delivered, predicted, evaluated, replayed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import archivolt as library

STEPS = 10
CONFIG = {
    "preset": "sequence",
    "executor": "inline",
    "space": {
        "blocks": [
            {"name": "step_dense", "units": [16, 32]},
            {"name": "conv1d", "filters": 16, "kernel": [1, 3], "dilation": 1},
            {"name": "gru", "units": 16},
            {"name": "dense", "units": 16},
        ],
        "depth": [1, 2],
        "recipe": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01},
    },
    "ensembler": "stacking",
    "transfer": ["weight_sharing", {"name": "distillation", "teacher": "best", "pool": 1}],
}


def sequences(rows: int, seed: int):
    """Whether the sum of a walk is above 0, in words; steps beyond the length have no label."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, STEPS, 2)).astype("float32")
    lengths = rng.integers(3, STEPS + 1, rows)
    y = np.array(["below", "above"], dtype=object)[(x.sum(axis=-1) > 0).astype(int)]
    y[np.arange(STEPS) >= lengths[:, None]] = None
    return {"x": x, "y": y, "lengths": lengths}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("steps") / "run"
    return library.search(sequences(120, 0), run=folder, trials=3, config=CONFIG)


@pytest.fixture
def new():
    return sequences(30, 1)


def test_trials_learn_and_none_fails(run):
    rows = run.leaderboard()

    assert [row["state"] for row in rows] == ["finished"] * 3
    assert rows[0]["score"] > 0.8
    assert run.problem.task.per_step
    assert not any("dense(" in row["description"].replace("step_dense(", "") for row in rows)


def test_the_score_is_over_real_steps_and_the_same_in_a_replay(run):
    recorded, again = run.replay(2)

    assert recorded.score == again.score
    assert run.history[2].metrics["standard_error"] > 0


def test_every_real_step_is_predicted(run, new):
    found = run.best.predictions(new)
    real = np.arange(STEPS) < new["lengths"][:, None]

    assert found.values.shape == (30, STEPS)
    assert found.probabilities.shape == (30, STEPS, 2)
    assert (found.steps == real).all()
    right = (found.values == new["y"])[real].mean()
    assert right > 0.8
    assert run.best.evaluate(new).metrics["accuracy"] == pytest.approx(right)
    assert run.single.evaluate(new).metrics["accuracy"] > 0.8


def test_what_stands_behind_the_end_makes_no_difference(run, new):
    longer = {**new, "x": new["x"].copy()}
    longer["x"][np.arange(STEPS) >= new["lengths"][:, None]] = 99.0

    ours, theirs = run.best.predictions(new), run.best.predictions(longer)

    np.testing.assert_array_equal(ours.values[ours.steps], theirs.values[theirs.steps])


def test_the_ensemble_is_delivered_as_it_was_scored(run):
    (combined,) = run.ensembles()[-1:]

    assert len(combined.ensemble.members) >= 1
    assert combined.metrics["accuracy"] > 0.8
    assert combined.report["accuracy"] > 0.7


def test_a_trial_learned_from_another_step_by_step(run):
    learned = [row["number"] for row in run.leaderboard() if row["transfer"]]
    teachers = list((run.path / "teachers").glob("*/train.npy"))

    assert learned
    assert teachers
    assert np.load(teachers[0]).shape[1:] == (STEPS, 1)


def test_the_command_writes_a_line_a_step(run, new, archivolt, tmp_path):
    np.savez(tmp_path / "new.npz", x=new["x"], lengths=new["lengths"])
    # What is written in padded steps, here "None", is no label.
    np.savez(tmp_path / "labelled.npz", **{**new, "y": new["y"].astype(str)})

    predicted = archivolt("predict", run.path, tmp_path / "new.npz")
    evaluated = archivolt("evaluate", run.path, tmp_path / "labelled.npz", "--json")

    lines = list(csv.DictReader(predicted.lines))
    assert list(lines[0]) == [
        "row", "step", "prediction", "probability_above", "probability_below",
    ]  # fmt: skip
    assert len(lines) == new["lengths"].sum()
    assert json.loads(evaluated.out)["score"] > 0.8


def test_the_delivered_model_loads_without_archivolt(run, new, apart, tmp_path):
    np.save(tmp_path / "x.npy", np.where(np.isfinite(new["x"]), new["x"], 0))
    program = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("archivolt"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocker())
import keras
import numpy as np

model = keras.saving.load_model(sys.argv[1], compile=False)
print(model({"x": np.load(sys.argv[2])}).shape)
"""
    for file in ("best/best.keras", "ensemble/ensemble.keras"):
        ended = apart("-c", program, run.path / file, tmp_path / "x.npy", python=True)
        assert "(30, 10, 1)" in ended.out, ended.err
    assert "for each step the probability" in (run.path / "best" / "README.md").read_text()


def test_numbers_may_be_told_for_each_step(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, STEPS, 2)).astype("float32")
    config = {**CONFIG, "transfer": [], "ensembler": "weighted"}

    run = library.search(
        {"x": x, "y": 100 + 5 * x.sum(axis=-1)}, run=tmp_path / "run", trials=2, config=config
    )

    assert run.problem.task.kind == "regression"
    assert run.best.predict(x[:3]).shape == (3, STEPS)
    assert run.report["r2"] > 0.3
    assert abs(run.best.predict(x).mean() - 100) < 2


@pytest.mark.parametrize("schedule", ["adaptive", "residual"])
def test_networks_are_trained_beside_the_best_step_by_step(schedule, tmp_path):
    config = {
        **CONFIG,
        "ensembler": None,
        "transfer": [],
        "phases": {"schedule": schedule, "pool": 1, "every": 5},
    }

    run = library.search(sequences(60, 0), run=tmp_path / "run", trials=2, config=config)

    assert run.history[1].prior is not None
    assert run.leaderboard()[0]["state"] == "finished"
    assert run.single.evaluate(sequences(20, 1)).metrics["accuracy"] > 0.6


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([{"name": "dense"}], "each step has a label, so the blocks must write sequences"),
    ],
)
def test_blocks_that_cannot_tell_each_step_are_refused(blocks, message, tmp_path):
    config = {**CONFIG, "space": {"blocks": blocks, "depth": [1, 1]}}

    with pytest.raises(library.ArchivoltError, match=message):
        library.search(sequences(40, 0), run=tmp_path / "run", trials=1, config=config)


def test_the_example_finds_digits_in_time(archivolt, examples, tmp_path):
    ended = archivolt(
        "search", examples / "labels_per_step.yaml", "--run", tmp_path / "run", "--trials", "1",
        "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "space.recipe={epochs: 8, learning_rate: 0.01, batch_size: 16}",
        "--set", "space.blocks=[{name: conv1d, filters: 32, kernel: 5}]",
        "--set", "space.depth=[1, 1]",
    )  # fmt: skip

    assert ended.status == 0, ended
    run = library.open(tmp_path / "run")
    assert run.problem.task.classes == (*map(str, range(10)), "pause")
    assert run.report["balanced_accuracy"] > 2 / 11  # twice what guessing gives
