"""Searches whose trials learn from earlier ones, on a shipped extract."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from attrs import evolve

import archivolt as library
from archivolt.errors import DataError, SearchError
from archivolt.search.replay import replay
from archivolt.storage.run_folder import RunFolder

SETTINGS = (
    "executor=inline",
    "space.blocks=[{name: dense, units: [64, 128], activation: relu, normalisation: none,"
    " dropout: 0.0, residual: none}]",
    "space.depth=[1, 2]",
    "space.recipe.epochs=20",
    "space.recipe.batch_size=64",
    "space.recipe.learning_rate={low: 0.005, high: 0.02}",
    "searcher=random",
    "ensembler=average",
    "phases={schedule: intermixed, pool: 3, every: 3, candidates: 3}",
)
DISTILLATION = "{name: distillation, teacher: ensemble, pool: 3}"
TRIALS = 6


@pytest.fixture(scope="module")
def run(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("distillation") / "run"
    return library.search(
        tables / "letter.csv.gz",
        "target",
        run=folder,
        trials=TRIALS,
        overrides=[*SETTINGS, f"transfer=[{DISTILLATION}]"],
    )


@pytest.fixture
def copy(run, tmp_path):
    """The run in a folder of its own, to be spoilt."""
    shutil.copytree(run.path, tmp_path / "copy")
    return library.open(tmp_path / "copy")


def taught(run):
    return [trial for trial in run.history if trial.sources]


def told(run, number):
    path = run.path / "trials" / f"{number:05d}" / "transfer.json"
    return json.loads(path.read_text())


def test_after_the_pool_trials_learn_from_the_newest_ensemble(run):
    assert [trial.number for trial in taught(run)] == [3, 4, 5]
    (first, *_) = run.ensembles()
    for trial in taught(run):
        assert trial.sources == first.ensemble.members
        (learned,) = told(run, trial.number)["learns"]
        assert learned["strategy"] == "distillation"
        assert (learned["loss"], learned["weight"]) == ("cross_entropy", 1.0)


def test_what_the_ensemble_says_is_stored_once(run):
    (folder,) = (run.path / "teachers").iterdir()

    rows = run.problem.rows["train"]
    assert np.load(folder / "train.npy").shape == (rows, run.problem.task.outputs)
    assert {told(run, each.number)["learns"][0]["teacher"] for each in taught(run)} == {folder.name}


def test_a_student_of_an_ensemble_has_a_lower_loss_than_the_same_trial_without(run):
    alone = [
        replay(
            evolve(trial, memo={}),
            RunFolder(run.path),
            run.problem,
            run.config,
            run._registry.specification(),
        )
        for trial in taught(run)
    ]

    differences = [
        trial.metrics["loss"] - other.metrics["loss"]
        for trial, other in zip(taught(run), alone, strict=True)
    ]
    assert max(differences) < 0.0, differences


def test_a_replay_learns_as_the_trial_did_although_the_members_are_gone(copy):
    for number in taught(copy)[-1].sources:
        shutil.rmtree(copy.path / "trials" / f"{number:05d}")

    recorded, again = copy.replay(taught(copy)[-1].number)

    assert again.metrics == recorded.metrics


def test_a_finalist_learns_of_all_rows_as_it_did_of_a_part(copy):
    copy.combine()
    finalists = {number for each in copy.ensembles()[-1:] for number in each.ensemble.members}
    assert finalists & {trial.number for trial in taught(copy)}
    before = sorted(path.name for path in (copy.path / "teachers").rglob("*.npy"))

    copy.finish("all_rows")

    made = json.loads((copy.path / "finalists/all_rows/finalists.json").read_text())
    assert {each["number"] for each in made["trials"]} >= finalists
    assert any(each["transfer"][0]["sources"] for each in made["trials"] if each["transfer"])
    assert sorted(path.name for path in (copy.path / "teachers").rglob("*.npy")) == before


def test_a_replay_that_cannot_learn_so_is_told(copy):
    shutil.rmtree(copy.path / "teachers")

    with pytest.raises(SearchError, match="what trial 5 learned from is not there any more"):
        copy.replay(5)


def test_a_search_that_goes_on_knows_the_newest_ensemble(copy):
    newest = copy.ensembles()[-1]

    copy.resume(trials=1)

    assert copy.history[TRIALS].sources == newest.ensemble.members


def test_it_goes_with_weight_sharing(tables, tmp_path):
    run = library.search(
        tables / "letter.csv.gz",
        "target",
        run=tmp_path / "run",
        trials=3,
        overrides=[
            *SETTINGS,
            "space.recipe.epochs=1",
            "searcher={name: greedy, starts: 1, beam: 1}",
            "mutators=[change_recipe]",
            "ensembler=null",
            "transfer=[weight_sharing, {name: distillation, pool: 1}]",
        ],
    )

    last = told(run, 2)
    assert {origin["strategy"] for origin in last["tensors"].values()} == {"weight_sharing"}
    assert last["learns"][0]["from"].startswith("trial ")
    recorded, again = run.replay(2)
    assert again.metrics == recorded.metrics


def test_a_teacher_with_other_classes_is_told_in_the_history(tables, tmp_path):
    import keras

    x = keras.Input((16,), name="numeric")
    y = keras.layers.Dense(3, activation="softmax")(x)
    keras.Model({"numeric": x}, y).save(tmp_path / "teacher.keras")
    teacher = f"{{name: distillation, teacher: model, model: {tmp_path}/teacher.keras, pool: 0}}"

    with pytest.raises(SearchError):
        library.search(
            tables / "letter.csv.gz",
            "target",
            run=tmp_path / "run",
            trials=2,
            overrides=[*SETTINGS, "space.recipe.epochs=1", f"transfer=[{teacher}]"],
        )

    for trial in library.open(tmp_path / "run").history:
        assert trial.state == "failed"
        assert "outputs of the shape (None, 3); this problem has 26" in trial.message


def test_a_teacher_that_is_not_there_ends_the_search_at_once(tables, tmp_path):
    teacher = f"{{name: distillation, teacher: model, model: {tmp_path}/gone.keras, pool: 0}}"

    with pytest.raises(DataError, match=r"gone\.keras.*cannot be read"):
        library.search(
            tables / "letter.csv.gz",
            "target",
            run=tmp_path / "run",
            trials=2,
            overrides=[*SETTINGS, f"transfer=[{teacher}]"],
        )


def test_workers_share_what_a_teacher_says(tables, tmp_path):
    run = library.search(
        tables / "letter.csv.gz",
        "target",
        run=tmp_path / "run",
        trials=6,
        overrides=[
            *SETTINGS,
            "executor={name: local, workers: 2}",
            "space.recipe.epochs=1",
            "phases={schedule: none}",
            "ensembler=null",
            "transfer=[{name: distillation, pool: 2}]",
        ],
    )

    assert all(trial.state == "finished" for trial in run.history)
    assert len(taught(run)) >= 2
    stored = {folder.name for folder in (run.path / "teachers").iterdir()}
    learned = [told(run, trial.number)["learns"][0]["teacher"] for trial in taught(run)]
    assert set(learned) == stored
