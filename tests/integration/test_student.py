"""A small student of a real search: taught, judged, used, killed and moved as any run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

import archivolt as library
from archivolt.errors import RunError
from archivolt_distillation import distill
from archivolt_export import export

SETTINGS = (
    "executor=inline",
    "space.blocks=[{name: dense, units: [16, 64, 128], activation: relu, normalisation: none,"
    " dropout: 0.0, residual: none}]",
    "space.depth=[1, 2]",
    "space.recipe.epochs=10",
    "space.recipe.batch_size=64",
    "space.recipe.learning_rate={low: 0.005, high: 0.02}",
    "searcher=random",
    "ensembler=average",
    "phases={schedule: after_pool, pool: 3, candidates: 3}",
)


@pytest.fixture(scope="module")
def run(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("student") / "run"
    return library.search(
        tables / "letter.csv.gz", "target", run=folder, trials=5, overrides=SETTINGS
    )


@pytest.fixture(scope="module")
def student(run):
    limit = sorted(row["parameters"] for row in run.leaderboard())[1]
    return distill(run, max_parameters=limit, trials=3)


def test_the_student_keeps_within_the_limit_and_learns_what_the_ensemble_says(run, student):
    for trial in student.run.history:
        assert trial.scored, trial.message
        assert trial.parameters <= student.limits.parameters

    (folder,) = (student.run.path / "teachers").iterdir()
    logits = np.load(folder / "train.npy")
    labels = np.load(run.path / "problem" / "train" / "labels.npy")
    right = float((logits.argmax(axis=1) == labels).mean())
    assert right > 0.5  # of 26 letters: it is the ensemble that speaks, of these rows
    (learned,) = json.loads((student.run.path / "trials" / "00000" / "transfer.json").read_text())[
        "learns"
    ]
    assert learned["teacher"] == folder.name


def test_it_is_judged_on_the_rows_that_judge_the_run(run, student):
    assert student.run.problem.digest == run.problem.digest
    assert student.about.report["accuracy"] == student.run.report["accuracy"]
    assert student.taught_by["report"] == run.about_ensemble.report
    about = json.loads((student.run.path / "best" / "model.json").read_text())
    assert about["report"]["rows"] == run.problem.rows["report"]


def test_the_commands_take_it_as_any_run(archivolt, student, tables):
    path = student.run.path
    data = tables / "letter.csv.gz"

    evaluated = archivolt("evaluate", path, data, "--json")
    replayed = archivolt("replay", path, 0, "--json")

    assert evaluated.status == 0, evaluated
    assert json.loads(evaluated.out)["score"] > 0.2
    assert replayed.status == 0, replayed
    assert json.loads(replayed.out)["same"] is True
    assert archivolt("leaderboard", path.parent).lines[-1].startswith("student/: a student of")


@pytest.mark.parametrize(
    ("format", "more"), [("saved_model", ()), ("litert", ()), ("litert", ("--int8",))]
)
@pytest.mark.parametrize("bare", [(), ("--without-preprocessing",)])
def test_it_is_exported_and_compared_on_the_rows_that_judge_it(
    archivolt, run, student, tmp_path, format, more, bare
):
    if format == "litert":
        pytest.importorskip("ai_edge_litert")
    target = tmp_path / "student"

    ended = archivolt(
        "export", run.path, "--model", "student", "--format", format, "-o", target, "--json",
        *more, *bare,
    )  # fmt: skip

    assert ended.status == 0, ended
    told = json.loads(ended.out)
    assert told["model"] == "the student"
    assert told["rows"] == run.problem.rows["report"]
    assert told["before"]["score"] == pytest.approx(student.about.report["accuracy"])
    assert told["after"]["score"] == pytest.approx(told["before"]["score"], abs=0.02)
    assert target.exists()


def test_a_student_of_arrays_is_exported_from_the_run_that_has_them_in_hand(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    rows = (rng.normal(size=(300, 6)) + np.eye(3, 6)[labels] * 3).astype(np.float32)
    run = library.search(rows, labels, run=tmp_path / "run", trials=3, overrides=SETTINGS)
    student = distill(run, trials=2)

    exported = export(run, "saved_model", tmp_path / "student", model="student")

    assert exported.what == "the student"
    assert exported.rows == run.problem.rows["report"]
    assert exported.before.metrics["accuracy"] == pytest.approx(student.about.report["accuracy"])
    with pytest.raises(RunError, match="Where they were passed in Python, export there"):
        export(run.path, "saved_model", tmp_path / "other", model="student")


def test_a_killed_search_for_a_student_goes_on(tmp_path, toy_document):
    evaluator = {"name": "toy", "seconds": 0.1}
    document = toy_document(evaluator=evaluator, budget={"trials": 4})
    (tmp_path / "search.yaml").write_text(yaml.safe_dump(document))
    run = library.search(tmp_path / "search.yaml", run=tmp_path / "run")
    line = [sys.executable, "-m", "archivolt", "distill", str(run.path), "--json"]
    process = subprocess.Popen(
        [*line, "--trials", "6", "--max-parameters", "3000"], start_new_session=True
    )
    deadline = time.monotonic() + 120
    ended: list[int] = []
    while len(ended) < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
        if (run.path / "student").exists():
            history = library.open(run.path / "student").history
            ended = [trial.number for trial in history if trial.scored]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    again = subprocess.run(line, capture_output=True, text=True, timeout=300)

    assert again.returncode == 0, again.stderr
    history = library.open(run.path / "student").history
    assert len(history) == 6
    assert all(trial.scored for trial in history)
    assert json.loads(again.stdout)["limits"]["parameters"] == 3000


def test_a_run_that_was_moved_takes_its_student_and_teacher_along(student, tmp_path, archivolt):
    moved = shutil.copytree(student.run.path.parent, tmp_path / "moved")
    hidden = student.run.path / "teacher"
    hidden.rename(student.run.path / "hidden")
    try:
        ended = archivolt("resume", moved / "student", "--trials", 1, "--json")
        again = archivolt("finish", moved / "student", "--train", "all_rows")
    finally:
        (student.run.path / "hidden").rename(hidden)

    assert ended.status == 0, ended
    # On all rows it learns what its teacher says of the validation rows, which is stored nowhere.
    assert again.status == 0, again
    assert (moved / "student" / "finalists" / "all_rows" / "best").exists()
    last = library.open(moved / "student").history[-1]
    assert last.scored, last.message
    # The teacher is known by its content: what it says was stored already.
    assert len(list((moved / "student" / "teachers").iterdir())) == 1


def test_it_may_be_trained_again_on_all_rows(student):
    student.run.finish("all_rows")

    report = json.loads(
        (student.run.path / "finalists" / "all_rows" / "finalists.json").read_text()
    )["report"]
    assert student.run.report == report
    assert library.open(student.run.path).about_single.report == student.about.report
