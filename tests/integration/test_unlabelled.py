"""Rows without a label: read, told, taught on, and worth something."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest

import archivolt as library
from archivolt.errors import DataError

LABELLED, BARE = 60, 1500
CONFIG = {
    "executor": "inline",
    "space": {
        "blocks": [{"name": "dense", "units": 64, "activation": "relu", "dropout": 0.0}],
        "depth": [1, 1],
        "recipe": {
            "epochs": 40,
            "batch_size": 32,
            "optimizer": "adam",
            "learning_rate": {"low": 0.002, "high": 0.01},
        },
    },
    "searcher": "random",
    "evaluator": {"name": "keras", "keep_epoch": "last"},
    "ensembler": "average",
    "phases": {"schedule": "intermixed", "pool": 3, "every": 100, "candidates": 3},
    "transfer": [
        {
            "name": "distillation",
            "teacher": "ensemble",
            "pool": 3,
            "weight": 4.0,
            "temperature": 1.0,
        }
    ],
}


def rings(count: int, seed: int):
    """Points in five dimensions, and whether they lie beyond a bent border."""
    x = np.random.default_rng(seed).normal(size=(count, 5)).astype("float32")
    return x, np.where(x[:, 0] * x[:, 1] + x[:, 2] > 0.2, "beyond", "within")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unlabelled") / "run"
    x, y = rings(LABELLED * 5 // 3, 0)  # of which three fifths train
    return library.search(x, y, unlabelled=rings(BARE, 1)[0], run=folder, trials=7, config=CONFIG)


def taught(run):
    return [trial for trial in run.history if trial.sources]


def says(folder, run, trial, x):
    """Predict by the network of a trial, written into a folder."""
    evaluator = run.config.evaluator
    folder.mkdir()
    evaluator.deliver(trial, run.problem, run.artifacts(trial.number), folder)
    return evaluator.load(folder).predict(x)


def test_they_are_told_and_take_no_part_in_the_splits(run):
    assert run.problem.rows == {
        "train": LABELLED,
        "validation": 20,
        "report": 20,
        "unlabelled": BARE,
    }
    assert (
        "1,500 rows have no label: what networks learn from there is what a teacher says, "
        "nothing else." in run.problem.notes
    )


def test_what_the_teacher_says_of_them_is_stored_once(run):
    (folder,) = (run.path / "teachers").iterdir()

    assert np.load(folder / "unlabelled.npy").shape == (BARE, 1)
    for trial in taught(run):
        told = json.loads((run.path / "trials" / f"{trial.number:05d}/transfer.json").read_text())
        assert told["learns"][0]["unlabelled"] == BARE


def test_students_agree_with_their_teacher_better_than_those_without_these_rows(run, tmp_path):
    new, truth = rings(4000, 2)
    teacher = run.ensembles()[0]
    evaluator, history = run.config.evaluator, run.history
    members = [history[number] for number in teacher.ensemble.members]
    (tmp_path / "teacher").mkdir()
    evaluator.deliver_ensemble(teacher, members, run.problem, run.artifacts, tmp_path / "teacher")
    wanted = evaluator.load(tmp_path / "teacher").predict(new)
    labelled = rings(LABELLED * 5 // 3, 0)
    without = library.search(*labelled, run=tmp_path / "without", trials=7, config=CONFIG)

    def students(of, name):
        said = [says(tmp_path / f"{name} {trial.number}", of, trial, new) for trial in taught(of)]
        return np.array([[(each == wanted).mean(), (each == truth).mean()] for each in said])

    # The same rows and seeds: the same candidates, and until one teaches the same trainings.
    assert [trial.candidate for trial in without.history] == [trial.candidate for trial in history]
    assert [trial.metrics for trial in list(without.history)[:3]] == [
        trial.metrics for trial in list(history)[:3]
    ]
    found, others = students(run, "with"), students(without, "without")
    agreement, accuracy = found.mean(axis=0) - others.mean(axis=0)
    assert len(found) == 4
    assert agreement > 0.01, (found, others)
    assert accuracy > 0.01, (found, others)


def test_a_replay_is_the_same(run):
    recorded, again = run.replay(taught(run)[-1].number)

    assert again.metrics == recorded.metrics


def test_the_final_student_learns_from_them(run):
    from archivolt_distillation import distill

    student = distill(run, max_parameters=300_000, trials=2, again=True)

    assert student.run.problem.rows["unlabelled"] == BARE
    (stored,) = (student.run.path / "teachers").glob("*/unlabelled.npy")
    assert np.load(stored).shape == (BARE, 1)


def test_finalists_on_all_rows_learn_from_them(run):
    run.combine()

    run.finish("all_rows")

    made = json.loads((run.path / "finalists/all_rows/finalists.json").read_text())
    assert made["trials"]
    assert run.report


# Tables, from the command line


@pytest.fixture
def split_table(tables, tmp_path):
    """Letter with most targets taken out, in two files; how many rows have none in each."""
    with gzip.open(tables / "letter.csv.gz", "rt") as file:
        header, *rows = csv.reader(file)
    target = header.index("target")
    kept = [row for row in rows if row[target] in "ABC"][:120]
    gaps = [[*row[:target], "", *row[target + 1 :]] for row in kept[80:]]
    with (tmp_path / "some.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *kept[:80], *gaps])
    with (tmp_path / "more.csv").open("w", newline="") as file:
        names = [name for name in header if name != "target"]
        bare = [row[:target] + row[target + 1 :] for row in rows[:200]]
        csv.writer(file).writerows([names, *bare])
    return tmp_path, len(gaps), len(bare)


QUICK = (
    "--set", "executor=inline", "--set", "space.recipe.epochs=1",
    "--set", "space.blocks=[{name: dense, units: [16, 32]}]", "--set", "space.depth=[1, 1]",
)  # fmt: skip


def test_cells_without_a_target_and_a_file_without_one_are_taught_on(archivolt, split_table):
    folder, gaps, bare = split_table

    ended = archivolt(
        "search", folder / "some.csv", "--target", "target", "--run", folder / "run",
        "--trials", "2", "--set", f"data.unlabelled={folder / 'more.csv'}", *QUICK,
        "--set", "transfer=[{name: distillation, pool: 1}]",
    )  # fmt: skip

    assert ended.status == 0, ended
    assert f"{gaps} rows without a target are kept apart" in ended.err + ended.out
    run = library.open(folder / "run")
    assert run.problem.rows["unlabelled"] == gaps + bare
    (stored,) = (run.path / "teachers").glob("*/unlabelled.npy")
    assert len(np.load(stored)) == gaps + bare


def test_without_a_teacher_they_are_told_and_nothing_else(archivolt, split_table):
    folder, gaps, _ = split_table

    ended = archivolt(
        "search", folder / "some.csv", "--target", "target", "--run", folder / "run",
        "--trials", "2", *QUICK, "--set", "transfer=[]",
    )  # fmt: skip

    assert ended.status == 0, ended
    assert f"{gaps} rows have no label, and nothing is learned from there" in ended.err + ended.out
    assert not (folder / "run" / "teachers").exists()


def test_rows_of_other_features_are_told(tmp_path):
    x, y = rings(60, 0)

    with pytest.raises(DataError, match=r"x_unlabelled: the rows have the shape \[3\]"):
        library.search(x, y, unlabelled=x[:, :3], run=tmp_path / "run", trials=1, config=CONFIG)


def test_the_example_learns_from_rows_without_a_label(archivolt, examples, tmp_path):
    ended = archivolt(
        "search", examples / "unlabelled.yaml", "--run", tmp_path / "run", "--trials", "4",
        "--set", "budget.minutes=null", "--set", "executor=inline",
        "--set", "space.recipe.epochs=2", "--set", "space.depth=[1, 1]",
        "--set", "space.blocks=[{name: dense, units: [16, 32, 48, 64]}]",
        "--set", "phases={schedule: intermixed, pool: 2, every: 2}",
        "--set", "transfer=[{name: distillation, teacher: ensemble, pool: 2}]",
    )  # fmt: skip

    assert ended.status == 0, ended
    run = library.open(tmp_path / "run")
    assert run.problem.rows["unlabelled"] == 5400
    assert run.problem.rows["train"] == 480
    assert list((run.path / "teachers").glob("*/unlabelled.npy"))
    assert run.report["accuracy"] > 0.7
