"""Several tasks on one network: searched, delivered, predicted, evaluated, replayed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import archivolt as library
from archivolt.errors import DataError
from archivolt.values.footprint import head_footprint

CONFIG = {
    "executor": "inline",
    "problem": {"tasks": {"size": {"weight": 0.5, "blocks": [{"name": "dense", "units": 16}]}}},
    "space": {
        "blocks": [{"name": "dense", "units": [16, 32], "residual": "none"}],
        "depth": [1, 2],
        "recipe": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01},
    },
    "searcher": {"name": "evolution", "population": 2},
    "ensembler": "greedy_selection",
    "transfer": ["weight_sharing", {"name": "distillation", "teacher": "best", "pool": 1}],
}
CLASSES = np.array(["left", "middle", "right"])


def rows(count: int, seed: int):
    """Where a point lies, whether above, and how far out."""
    x = np.random.default_rng(seed).normal(size=(count, 4)).astype("float32")
    place = CLASSES[np.digitize(x[:, 0], (-0.5, 0.5))]
    return x, {"place": place, "above": x[:, 1] > 0, "size": 50 + 10 * x[:, 2]}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several") / "run"
    x, y = rows(200, 0)
    return library.search(x, y, run=folder, trials=4, config=CONFIG)


def test_each_target_is_a_task_and_the_weighted_mean_ranks(run):
    parts = {part.target: part for part in run.problem.task.parts}
    board = run.leaderboard()

    assert {name: part.kind for name, part in parts.items()} == {
        "place": "multiclass",
        "above": "binary",
        "size": "regression",
    }
    assert run.problem.metric.name == "weighted_mean"
    assert [row["state"] for row in board] == ["finished"] * 4
    metrics = board[0]["metrics"]
    assert board[0]["score"] == pytest.approx(
        (metrics["place.accuracy"] + metrics["above.accuracy"] + 0.5 * metrics["size.r2"]) / 2.5
    )
    assert board[0]["score"] > 0.6


def test_a_replay_has_the_same_score(run):
    recorded, again = run.replay(2)

    assert recorded.score == again.score


def test_heads_are_counted_before_they_are_built(run):
    """What the space says of a candidate is what its network has."""
    for trial in run.history:
        blocks = trial.candidate.architecture
        features = run.problem.features
        cost = 0
        for block in blocks:
            footprint = block.footprint(features)
            cost, features = cost + footprint.parameters, footprint.features
        cost += head_footprint(features, 5, parts=run.problem.task.parts).parameters
        assert trial.parameters == cost


def test_predictions_are_told_by_target(run):
    x, y = rows(50, 1)

    found = run.best.predict(x)
    likely = run.best.predict_probabilities(x)
    evaluation = run.best.evaluate({"x": x, "y": y})

    assert list(found) == ["place", "above", "size"]
    assert set(found["place"]) <= set(CLASSES)
    assert found["above"].dtype == bool
    assert abs(found["size"].mean() - 50) < 5
    assert {name: each.shape for name, each in likely.items()} == {
        "place": (50, 3),
        "above": (50, 2),
    }
    right = (found["place"] == y["place"]).mean()
    assert evaluation.metrics["place.accuracy"] == pytest.approx(right)
    assert evaluation.metrics["size.mae"] == pytest.approx(
        np.abs(found["size"] - y["size"]).mean(), rel=1e-3
    )


def test_the_single_network_and_the_ensemble_are_both_delivered(run):
    x, y = rows(50, 1)

    assert run.single.evaluate({"x": x, "y": y}).metrics["weighted_mean"] > 0.5
    assert run.ensembles()[-1].report["weighted_mean"] > 0.5
    assert run.report["place.accuracy"] > 0.5


def test_children_begin_with_the_heads_of_their_parents(run):
    told = [
        json.loads((run.path / "trials" / f"{number:05d}" / "transfer.json").read_text())
        for number in range(1, 4)
    ]

    assert any("head/logits_1/kernel" in each["tensors"] for each in told)
    assert any(each.get("learns") for each in told)


def test_the_command_writes_columns_of_each_target(run, archivolt, tmp_path):
    x, y = rows(20, 1)
    np.savez(tmp_path / "new.npz", **{"x": x, **{f"y.{name}": each for name, each in y.items()}})

    predicted = archivolt("predict", run.path, tmp_path / "new.npz")
    evaluated = archivolt("evaluate", run.path, tmp_path / "new.npz")

    lines = list(csv.DictReader(predicted.lines))
    assert len(lines) == 20
    assert list(lines[0]) == [
        "prediction_place", "prediction_above", "prediction_size",
        "probability_place_left", "probability_place_middle", "probability_place_right",
        "probability_above_False", "probability_above_True",
    ]  # fmt: skip
    assert evaluated.lines[0].startswith("weighted_mean ")
    assert any(line.startswith("  size.rmse ") for line in evaluated.lines)


def test_the_delivered_model_loads_without_archivolt(run, apart, tmp_path):
    np.save(tmp_path / "x.npy", rows(20, 1)[0])
    program = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("archivolt"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocker())
import keras
import numpy as np

for path in sys.argv[2:]:
    given = keras.saving.load_model(path, compile=False)({"x": np.load(sys.argv[1])})
    print(sorted((name, tuple(each.shape)) for name, each in given.items()))
"""
    ended = apart(
        "-c", program, tmp_path / "x.npy",
        run.path / "best" / "best.keras", run.path / "ensemble" / "ensemble.keras",
        python=True,
    )  # fmt: skip

    told = "[('above', (20, 1)), ('place', (20, 3)), ('size', (20, 1))]"
    assert ended.lines == [told, told], ended.err
    page = (run.path / "best" / "README.md").read_text()
    assert "- `place`, `(rows, 3)`: the probability of each class" in page


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"problem": {"tasks": {"sise": {}}}}, "Did you mean 'size'"),
        ({"problem": {"metric": "place.acuracy"}}, "Did you mean 'place.accuracy'"),
        ({"problem": {"tasks": {"size": {"metric": "rmse"}}}}, "they have no mean"),
        ({"problem": {"class_weights": "balanced"}}, "class weights are for classes"),
        ({"problem": {"tasks": {"size": {"blocks": ["conv1d"]}}}}, "conv1d.* reads sequence"),
    ],
)
def test_what_cannot_be_asked_for_is_told(config, message, tmp_path):
    x, y = rows(40, 0)

    with pytest.raises(library.ArchivoltError, match=message):
        library.search(x, y, run=tmp_path / "run", trials=1, config={**CONFIG, **config})


def test_one_of_the_tasks_may_rank_the_trials(tmp_path):
    x, y = rows(80, 0)
    config = {**CONFIG, "problem": {}, "ensembler": None, "transfer": []}

    run = library.search(x, y, run=tmp_path / "run", trials=1, metric="size.rmse", config=config)

    assert run.problem.metric.maximize is False
    assert run.leaderboard()[0]["score"] == run.history[0].metrics["size.rmse"]
    assert run.report["size.rmse"] > 0


def test_several_tasks_may_be_told_for_each_step(tmp_path):
    x = np.random.default_rng(0).normal(size=(80, 6, 2)).astype("float32")
    y = {"sign": np.where(x[..., 0] > 0, "up", "down"), "height": 3 * x[..., 1]}
    config = {
        "preset": "sequence",
        "executor": "inline",
        "space": {
            "blocks": [{"name": "step_dense", "units": 16}],
            "depth": [1, 1],
            "recipe": {"epochs": 6, "batch_size": 16, "learning_rate": 0.01},
        },
    }

    run = library.search(x, y, run=tmp_path / "run", trials=1, config=config)
    found = run.best.predict(x[:5])

    assert {name: each.shape for name, each in found.items()} == {"sign": (5, 6), "height": (5, 6)}
    assert run.report["sign.accuracy"] > 0.7


@pytest.mark.parametrize("schedule", ["adaptive", "residual"])
def test_networks_are_trained_beside_the_best_on_several_tasks(schedule, tmp_path):
    x, y = rows(120, 0)
    config = {
        **CONFIG,
        "ensembler": None,
        "transfer": [],
        "phases": {"schedule": schedule, "pool": 1, "every": 5},
    }

    run = library.search(x, y, run=tmp_path / "run", trials=2, config=config)
    delivered = run.single.evaluate({"x": x, "y": y}).metrics

    assert run.history[1].prior is not None
    assert [row["state"] for row in run.leaderboard()] == ["finished"] * 2
    recorded, again = run.replay(1)
    assert recorded.score == again.score
    assert delivered["weighted_mean"] > 0.5


def test_the_example_predicts_two_columns(archivolt, examples, tmp_path):
    ended = archivolt(
        "search", examples / "several_tasks.yaml", "--run", tmp_path / "run", "--trials", "2",
        "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "space.recipe.epochs=2", "--set", "space.recipe.batch_size=256",
        "--set", "space.blocks=[{name: dense, units: [16, 32, 48]}]", "--set", "space.depth=[1, 2]",
    )  # fmt: skip

    assert ended.status == 0, ended
    run = library.open(tmp_path / "run")
    assert run.report["target.accuracy"] > 0.7
    assert run.report["hours_per_week.r2"] > 0
    assert [part.blocks != () for part in run.problem.task.parts] == [False, True]


# Rows that lack some of the labels


def gaps(y, seed=5):
    """Take labels away: half of one target, most of another, all of a few rows."""
    rng = np.random.default_rng(seed)
    count = len(y["place"])
    place = np.where(rng.random(count) < 0.5, None, y["place"].astype(object))
    size = np.where(rng.random(count) < 0.8, np.nan, y["size"])
    above = y["above"].astype(object)
    for column, nothing in ((place, None), (above, None), (size, np.nan)):
        column[:8] = nothing
    return {"place": place, "above": above, "size": size}


@pytest.fixture(scope="module")
def with_gaps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gaps") / "run"
    x, y = rows(400, 0)
    return library.search(x, gaps(y), run=folder, trials=4, config=CONFIG)


def test_rows_take_part_for_the_targets_whose_label_they_have(with_gaps):
    run = with_gaps

    assert [row["state"] for row in run.leaderboard()] == ["finished"] * 4
    assert run.problem.rows["unlabelled"] == 8
    assert sum(run.problem.rows[name] for name in ("train", "validation", "report")) == 392
    told = [note for note in run.problem.notes if "they take part for the other targets" in note]
    assert [note.split("'")[1] for note in told] == ["place", "size"]
    assert run.report["above.accuracy"] > 0.7
    assert run.report["size.r2"] > 0.2


def test_every_split_has_labels_of_every_target(with_gaps):
    for split in ("train", "validation", "report"):
        labels = np.load(with_gaps.path / "problem" / split / "labels.npy")
        assert np.isfinite(labels).any(axis=0).all()
        assert np.isnan(labels).any(axis=0).tolist() == [True, False, True]


def test_new_rows_are_judged_by_the_labels_that_they_have(with_gaps):
    x, y = rows(60, 1)
    some = gaps(y)
    found = with_gaps.best.predict(x)

    metrics = with_gaps.best.evaluate({"x": x, "y": some}).metrics

    there = np.array([each is not None for each in some["place"]])
    right = (found["place"] == y["place"])[there].mean()
    assert metrics["place.accuracy"] == pytest.approx(right)
    sized = np.isfinite(some["size"])
    assert metrics["size.mae"] == pytest.approx(
        np.abs(found["size"] - y["size"])[sized].mean(), rel=1e-3
    )


def test_the_members_of_an_ensemble_are_chosen_and_replayed_with_gaps(with_gaps):
    assert with_gaps.ensembles()[-1].report["weighted_mean"] > 0.3
    recorded, again = with_gaps.replay(2)
    assert recorded.metrics == again.metrics


def test_a_target_without_a_label_is_told_before_anything_is_trained(tmp_path):
    x, y = rows(60, 0)

    with pytest.raises(DataError, match="the target 'size' has no label in any of the 60 rows"):
        library.search(x, {**y, "size": np.full(60, np.nan)}, run=tmp_path / "run", trials=1)


def test_a_target_with_fewer_labels_than_splits_is_told(tmp_path):
    x, y = rows(60, 0)
    size = np.where(np.arange(60) < 2, y["size"], np.nan)

    with pytest.raises(DataError, match="has a label of the target 'size'"):
        library.search(x, {**y, "size": size}, run=tmp_path / "run", trials=1, config=CONFIG)


def test_judging_rows_without_a_label_of_a_target_is_told(with_gaps):
    x, y = rows(20, 1)

    with pytest.raises(DataError, match="size: no row has a label of this target"):
        with_gaps.best.evaluate({"x": x, "y": {**y, "size": np.full(20, np.nan)}})


def test_a_table_with_empty_cells_in_some_targets_is_searched(archivolt, tmp_path):
    x, y = rows(120, 0)
    some = gaps(y)
    with (tmp_path / "gaps.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", "place", "size"])
        for at, row in enumerate(x):
            size = "" if np.isnan(some["size"][at]) else some["size"][at]
            writer.writerow([*row, some["place"][at] or "", size])

    ended = archivolt(
        "search", tmp_path / "gaps.csv", "--set", "data.target=[place, size]", "--run",
        tmp_path / "run", "--trials", "2", "--set", "executor=inline",
        "--set", "space.recipe.epochs=2", "--set", "space.depth=[1, 1]",
        "--set", "space.blocks=[{name: dense, units: [16, 32]}]",
    )  # fmt: skip

    assert ended.status == 0, ended
    run = library.open(tmp_path / "run")
    assert {"place.accuracy", "size.r2"} <= set(run.report)
