"""The final student: a search of its own below a run, taught by what the run delivered."""

from __future__ import annotations

import json

import pytest
import yaml
from typer.testing import CliRunner

import archivolt
from archivolt.cli.app import app
from archivolt.errors import RunError, SpaceError
from archivolt_distillation import distill
from archivolt_distillation.student import Lesson, begin
from archivolt_distillation.telling import lines

LIMIT = 1500


@pytest.fixture
def search(tmp_path, toy_document):
    """Search with the toy plugin of core's tests: `search(trials, section=...)`."""

    def make(trials=8, **sections):
        sections = {"ensembler": {"name": "toy_mean"}, "budget": {"trials": trials}, **sections}
        document = toy_document(**sections)
        (tmp_path / "search.yaml").write_text(yaml.safe_dump(document))
        return archivolt.search(tmp_path / "search.yaml", run=tmp_path / "run")

    return make


@pytest.fixture
def run(search):
    return search()


def within(run, limit):
    """The run's scored trials of at most so many parameters, best first."""
    return [
        trial
        for trial in run.history.ranked()
        if run.space.footprint(trial.candidate.architecture).parameters <= limit
    ]


def sizes(run):
    footprint = run.space.footprint
    return [footprint(trial.candidate.architecture).parameters for trial in run.history]


def test_students_keep_within_the_limit_and_learn_from_the_ensemble(run):
    student = distill(run, max_parameters=LIMIT, trials=6, temperature=3.0, weight=0.5)

    assert student.run.path == run.path / "student"
    assert len(student.run.history) == 6
    assert max(sizes(student.run)) <= LIMIT < max(sizes(run))
    teacher = student.run.path / "teacher"
    for trial in student.run.history:
        (planned,) = trial.memo["transfer"]
        assert planned["plan"]["teacher"]["model"] == "./teacher"  # as seen from the run
        assert planned["strategy"]["temperature"] == 3.0
        assert planned["plan"]["details"] == {"weight": 0.5}
    members = list(run.about_ensemble.trials)
    assert json.loads((teacher / "model.json").read_text()) == {"members": members}


def test_the_best_of_the_run_within_the_limit_are_trained_anew_first(run):
    known = within(run, LIMIT)

    student = distill(run, max_parameters=LIMIT, trials=4)

    first = [trial for trial in student.run.history if trial.memo.get("suggested")]
    assert 1 <= len(first) <= 2  # no more than half of the trials
    assert [trial.candidate for trial in first] == [trial.candidate for trial in known[:2]]
    assert student.run.history[3].memo.get("suggested") is None


def test_a_student_is_told_beside_its_teacher_and_the_runs_own_best(run):
    student = distill(run, max_parameters=LIMIT, trials=4)

    assert student.teacher == "ensemble"
    assert student.taught_by["parameters"] == run.about_ensemble.parameters
    assert student.taught_by["report"] == {"accuracy": 0.5}
    assert student.about == student.run.about_single
    assert student.about.report == {"accuracy": 0.5}
    assert student.alone == within(run, LIMIT)[0]
    (branch,) = run.branches()
    assert branch.about["what"] == f"a student of the ensemble of {len(run.about_ensemble.trials)}"


def test_the_best_network_may_teach(run):
    student = distill(run, teacher="best", max_parameters=LIMIT, trials=1)

    (number,) = run.about_single.trials
    assert student.taught_by["trials"] == [number]
    facts = json.loads((student.run.path / "teacher" / "model.json").read_text())
    assert facts["number"] == number


def test_without_an_ensemble_the_best_network_teaches_and_its_size_is_the_limit(search):
    run = search(ensembler=None)

    student = distill(run, trials=2)

    assert student.teacher == "best"
    assert student.limits.parameters == run.about_single.parameters
    assert len(student.run.history) == 2


def test_limits_of_the_run_stay(search):
    limits = {"parameters": 9000, "flops": 9000}
    run = search(space={"blocks": ["toy_dense"], "depth": [1, 3], "limits": limits})

    assert distill(run, trials=1).limits.flops == 9000
    tightened = distill(run, trials=1, max_parameters=LIMIT, again=True).limits
    assert (tightened.parameters, tightened.flops) == (LIMIT, 9000)


def test_a_modest_number_is_trained_unless_something_is_said(run):
    assert Lesson().budget == {"trials": 20, "minutes": None}
    assert Lesson(minutes=3.0).budget == {"trials": None, "minutes": 3.0}
    assert Lesson(trials=5, minutes=3.0).budget == {"trials": 5, "minutes": 3.0}


def test_a_lesson_of_the_run_gives_way_and_other_strategies_stay(search):
    run = search(transfer=[{"name": "distillation", "pool": 3}])

    student = distill(run, max_parameters=LIMIT, trials=1)

    (strategy,) = student.run.config.transfer
    assert (strategy.teacher, strategy.pool) == ("model", 0)


def test_the_weight_0_finds_a_small_network_without_a_teacher(run):
    student = distill(run, max_parameters=LIMIT, trials=2, weight=0.0)

    for trial in student.run.history:
        assert trial.memo["transfer"][0]["plan"]["teacher"] is None
    assert next(lines(student, run.path)).startswith("teacher: nobody (the weight is 0); the ens")
    (branch,) = run.branches()
    assert branch.about["what"].startswith("a small network beside the ensemble of")


def test_trials_beside_a_frozen_network_are_no_networks_within_a_limit(search):
    run = search(evaluator="toy_beside", ensembler=None, phases={"schedule": "adaptive", "pool": 2})

    student = distill(run, max_parameters=10**6, trials=8)

    known = [trial for trial in run.history.ranked() if trial.prior is None]
    assert 0 < len(known) < len(run.history)
    assert student.alone == known[0]
    first = [trial for trial in student.run.history if trial.memo.get("suggested")]
    assert len(first) == min(4, len(known))
    assert all(trial.prior is None for trial in student.run.history)


def test_a_search_that_was_stopped_goes_on(run):
    began = begin(run, Lesson(max_parameters=LIMIT, trials=5))
    list(began.events(trials=2))
    began.close()

    student = distill(run)

    assert len(student.run.history) == 5
    assert student.about is not None


def test_a_second_student_is_made_only_if_asked(run):
    distill(run, max_parameters=LIMIT, trials=2)

    with pytest.raises(RunError, match=r"holds a student already\. .*--again"):
        distill(run, max_parameters=LIMIT // 2)
    assert distill(run).limits.parameters == LIMIT

    student = distill(run, max_parameters=LIMIT // 2, trials=3, again=True)
    assert student.limits.parameters == LIMIT // 2
    assert len(student.run.history) == 3


def test_a_limit_that_nothing_meets_is_told_with_the_smallest(run):
    with pytest.raises(SpaceError, match=r"parameters <= 5\. The smallest found has \d+ param"):
        distill(run, max_parameters=5)

    assert not (run.path / "student").exists()


def test_without_an_ensemble_there_is_none_to_teach(search):
    run = search(ensembler=None)

    with pytest.raises(RunError, match=r"holds no ensemble\. Make one with `archivolt ensemble`"):
        distill(run, teacher="ensemble")


def test_a_run_that_has_not_ended_is_told(search, tmp_path):
    from archivolt.search.api import start

    search(2)
    run = start(tmp_path / "search.yaml", run=tmp_path / "stopped")
    events = run.events()
    for _ in range(5):
        next(events)

    with pytest.raises(RunError, match=r"stopped: .*(not ended|in use)"):
        distill(tmp_path / "stopped")
    events.close()


def test_the_command_tells_what_was_found(run):
    asked = ["distill", str(run.path), "--max-parameters", str(LIMIT), "--trials", "3"]

    told = CliRunner().invoke(app, asked)

    assert told.exit_code == 0, told.output
    rows = "20 rows that took part in no choice"
    shown = told.stdout.splitlines()
    at = next(place for place, line in enumerate(shown) if line.startswith("teacher: "))
    student = distill(run)
    assert shown[at].startswith(f"teacher: the ensemble of {len(run.about_ensemble.trials)} trials")
    assert f"accuracy 0.5000 on {rows}" in shown[at + 1]
    assert shown[at + 2] == (
        f"student: trial {student.about.trials[0]}, {student.about.parameters} parameters "
        "(parameters <= 1,500)"
    )
    chosen = student.about.validation["accuracy"]
    assert f"{rows} (chosen by {chosen:.4f} on the validation rows)" in shown[at + 3]
    assert shown[at + 4].startswith(f"alone:   trial {student.alone.number} of the run")
    assert shown[at + 5] == f"model: {run.path}/student/best"


def test_the_command_prints_json_and_nothing_else(run):
    asked = ["distill", str(run.path), "--max-parameters", str(LIMIT), "--trials", "2", "--json"]

    told = json.loads(CliRunner().invoke(app, asked).stdout)

    assert told["limits"] == {"parameters": LIMIT, "flops": None, "bytes": None}
    assert told["student"]["report"] == {"accuracy": 0.5}
    assert told["alone"]["trial"] == within(run, LIMIT)[0].number
    assert (told["teacher"]["what"], told["teacher"]["weight"]) == ("ensemble", 1.0)
    assert told["interrupted"] is False


def test_ctrl_c_ends_in_order_with_the_best_so_far_and_the_next_call_goes_on(search):
    run = search(
        evaluator={"name": "toy", "fault": "interrupt", "every": 100, "once": True}, ensembler=None
    )
    asked = ["distill", str(run.path), "--json"]

    told = CliRunner().invoke(app, [*asked, "--max-parameters", "100000", "--trials", "3"])

    assert told.exit_code == 130
    assert json.loads(told.stdout)["interrupted"] is True
    assert len(archivolt.open(run.path / "student").history) < 3
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 0, again.output
    assert len(archivolt.open(run.path / "student").history) == 3


def test_a_weight_below_0_is_wrong_usage(run):
    told = CliRunner().invoke(app, ["distill", str(run.path), "--weight", "-1"])

    assert told.exit_code == 2
    with pytest.raises(ValueError, match="teacher"):
        distill(run, teacher="nobody")


def test_the_leaderboard_of_the_run_tells_of_its_student(run):
    distill(run, max_parameters=LIMIT, trials=2)

    told = CliRunner().invoke(app, ["leaderboard", str(run.path)]).stdout.splitlines()[-1]

    assert told.startswith("student/: a student of the ensemble of")
    assert told.endswith("accuracy 0.5000 on 20 rows that took part in no choice")
