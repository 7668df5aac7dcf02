"""Training the finalists again: what is trained how, and by what a run then predicts."""

from __future__ import annotations

import json
import shutil

import pytest
from attrs import evolve

from archivolt.components.executor import Done, Progress, Started
from archivolt.errors import ConfigError, RunError, SearchError
from archivolt.search.api import open as open_run
from archivolt.search.api import reopen, start
from archivolt.search.chosen import handed
from archivolt.search.events import (
    FinalistEpoch,
    FinalistsMade,
    FinalistsStarted,
    FinalistTrained,
    Noted,
)
from archivolt.search.finalist_plans import kept_epoch
from archivolt.search.retraining import Retraining
from archivolt.storage.run_folder import RunFolder
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.trial import FINISHED, Trial


def search(config, folder, **sections):
    sections = {"evaluator": "toy_again", "ensembler": "toy_mean", **sections}
    run = start(config(**sections), run=folder)
    return run, list(run.events())


def predicts_by(run):
    folder = RunFolder(run.path)
    return handed(folder, folder.database()).path.relative_to(run.path).as_posix()


def asked(run):
    """Return what the evaluator was asked last of each trial; a line each in the run."""
    lines = (run.path / "asked.jsonl").read_text().splitlines()
    return {each["number"]: each for each in map(json.loads, lines)}


@pytest.mark.parametrize("training", ["fresh", "all_rows"])
def test_a_search_trains_its_finalists_again_and_predicts_by_them(toy_config, tmp_path, training):
    run, events = search(toy_config, tmp_path / "run", finalists=training)

    (begun,) = [each for each in events if isinstance(each, FinalistsStarted)]
    (made,) = [each.finalists for each in events if isinstance(each, FinalistsMade)]
    end = events[-1]
    numbers = {end.best.number, *end.ensemble.ensemble.members}
    assert {trial.number for trial in begun.trials} == numbers
    assert {trial.number for trial in made.trials} == numbers
    assert end.finalists is made
    assert made.report == made.ensemble.report == {"accuracy": 0.5}
    assert {each.trial.number for each in events if isinstance(each, FinalistEpoch)} == numbers
    folder = run.path / "finalists" / training
    assert {path.name for path in folder.iterdir()} == {"best", "ensemble", "finalists.json"}
    assert predicts_by(run) == f"finalists/{training}"
    assert (run.path / "best").exists()
    assert (run.path / "ensemble").exists()
    assert [path.name for path in (run.path / "finalists").iterdir()] == [training]
    assert len(open_run(run.path).leaderboard()) == 10  # they are no trials of the search


def test_fresh_ones_begin_by_another_seed_without_transfer_for_their_whole_schedule(
    toy_config, tmp_path
):
    run, events = search(toy_config, tmp_path / "run", scheduler="toy_halving")
    recorded = {trial.number: trial for trial in run.history}

    run.finish("fresh")

    found = asked(run)
    for number in events[-1].ensemble.ensemble.members:
        assert found[number]["seed"] != recorded[number].seed
        assert found[number]["epochs"] == recorded[number].schedule
        assert found[number]["memo"] == {}


def test_what_was_trained_fresh_is_chosen_and_weighed_anew(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run", ensembler={"name": "toy_mean", "members": 2})

    made = list(run.finishing("fresh"))[-1].finalists

    scores = {trial.number: trial.score for trial in made.trials}
    assert made.single.score == max(scores.values())
    assert made.single.score == scores[made.single.number]
    assert set(made.ensemble.ensemble.members) <= set(scores)
    assert made.ensemble.metrics["accuracy"] > 0


def test_an_ensemble_by_another_ensembler_is_combined_anew_by_that(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run", ensembler=None)
    reopen(run.path, overrides=["ensembler={name: toy_mean, members: 2}"])[0].combine()

    made = list(run.finishing("fresh"))[-1].finalists

    assert len(made.ensemble.ensemble.members) == 2


def test_on_all_rows_the_kept_epochs_are_trained_and_the_choice_stays(toy_config, tmp_path):
    run, events = search(toy_config, tmp_path / "run")
    before = events[-1]
    recorded = {trial.number: trial for trial in run.history}

    made = list(run.finishing("all_rows"))[-1].finalists

    assert made.single.number == before.best.number
    assert made.ensemble.ensemble == before.ensemble.ensemble
    found = asked(run)
    for trial in made.trials:
        each = found[trial.number]
        assert (each["seed"], each["epochs"]) == (recorded[trial.number].seed, 3)
        assert recorded[trial.number].schedule > 3


def test_on_all_rows_no_score_but_that_of_the_report_rows_is_told(toy_config, tmp_path):
    run, events = search(toy_config, tmp_path / "run", finalists="all_rows")

    made = events[-1].finalists
    assert [(trial.score, trial.metrics) for trial in made.trials] == [(None, {})] * len(
        made.trials
    )
    assert made.ensemble.metrics == {}
    assert made.ensemble.adds == ()
    told = json.loads((run.path / "finalists/all_rows/finalists.json").read_text())
    assert told["ensemble"]["metrics"] == {}
    assert told["report"] == {"accuracy": 0.5}


def test_without_an_ensemble_the_best_network_is_the_one_finalist(toy_config, tmp_path):
    run, events = search(toy_config, tmp_path / "run", ensembler=None, finalists="all_rows")

    made = events[-1].finalists
    assert [trial.number for trial in made.trials] == [events[-1].best.number]
    assert made.ensemble is None
    assert predicts_by(run) == "finalists/all_rows"
    assert run.report == {"accuracy": 0.5}


def test_what_was_asked_for_last_is_what_predicts(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run")
    assert predicts_by(run) == "."

    run.finish("all_rows")
    assert predicts_by(run) == "finalists/all_rows"
    run.finish("fresh")
    assert predicts_by(run) == "finalists/fresh"
    assert (run.path / "finalists" / "all_rows").exists()
    run.finish("none")
    assert predicts_by(run) == "."
    run.finish("fresh")
    run.combine()
    assert predicts_by(run) == "."


def test_a_search_that_goes_on_predicts_by_its_own_models_again(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run")
    run.finish("fresh")

    list(reopen(run.path)[0].events(trials=1))

    assert predicts_by(run) == "."


def test_an_interrupted_training_leaves_the_run_as_it_was_and_is_taken_up(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run")
    trained = []
    for event in run.finishing("fresh"):
        if isinstance(event, FinalistTrained):
            trained.append(event.trial.number)
            run.interrupt()
    assert len(trained) == 1
    assert predicts_by(run) == "."
    assert not (run.path / "finalists" / "fresh").exists()

    events = list(open_run(run.path).finishing("fresh"))

    assert events[0].trained == tuple(trained)
    again = {each.trial.number for each in events if isinstance(each, FinalistTrained)}
    assert again == {trial.number for trial in events[0].trials} - set(trained)
    assert predicts_by(run) == "finalists/fresh"


def test_a_trained_finalist_is_not_taken_for_another_training(toy_config, tmp_path):
    run, _ = search(toy_config, tmp_path / "run")
    for event in run.finishing("fresh"):
        if isinstance(event, FinalistTrained):
            run.interrupt()
    shutil.copytree(run.path / "finalists/.fresh", run.path / "finalists/.all_rows")

    first = next(run.finishing("all_rows"))

    assert first.trained == ()


def test_a_fresh_finalist_that_fails_is_told_and_left_out(toy_config, tmp_path):
    run, events = search(
        toy_config,
        tmp_path / "run",
        evaluator={"name": "toy_again", "fault": "again", "every": 2},
        ensembler={"name": "toy_mean", "members": 8},
        finalists="fresh",
    )

    made = events[-1].finalists
    assert all(trial.number % 2 for trial in made.trials)
    notes = [each.text for each in events if isinstance(each, Noted)]
    assert any("could not be trained again: not_finite" in note for note in notes)


def test_a_failure_on_all_rows_leaves_the_models_of_the_search(toy_config, tmp_path):
    run, events = search(
        toy_config,
        tmp_path / "run",
        evaluator={"name": "toy_again", "fault": "again", "every": 2},
        ensembler={"name": "toy_mean", "members": 8},
        finalists="all_rows",
    )

    assert events[-1].finalists is None
    assert events[-1].error is None
    assert predicts_by(run) == "."
    notes = [each.text for each in events if isinstance(each, Noted)]
    assert any(note.startswith("no finalists are delivered") for note in notes)


def test_an_evaluator_that_cannot_is_told_before_the_search_begins(toy_config, tmp_path):
    run = start(toy_config(finalists="all_rows"), run=tmp_path / "run")

    with pytest.raises(SearchError, match="the evaluator 'toy' can do none of them"):
        list(run.events())
    assert not run.path.exists()


def test_an_evaluator_that_cannot_is_told_on_a_finished_run(toy_config, tmp_path):
    run = start(toy_config(), run=tmp_path / "run")
    list(run.events())

    with pytest.raises(SearchError, match="finalists cannot be trained 'fresh'"):
        run.finish("fresh")


def test_a_run_without_a_model_has_no_finalists(toy_config, tmp_path):
    run = start(toy_config(evaluator={"name": "toy_again", "fault": "raise"}), run=tmp_path / "run")
    list(run.events())

    with pytest.raises(RunError, match="no trial has finished"):
        run.finish("fresh")


def test_an_unknown_training_is_told_with_the_nearest(toy_config, tmp_path):
    with pytest.raises(ConfigError, match="all_rows"):
        start(toy_config(finalists="all_row"), run=tmp_path / "run")


def test_the_kept_epoch_is_the_one_that_reported_the_score():
    metrics = {"accuracy": 0.8, "loss": 0.4, "f1": 1.0}
    candidate = Candidate((ToyDense(4),))
    trial = Trial(0, candidate, 0, FINISHED, epochs=3, score=0.8, metrics=metrics)
    curve = [
        (1, {"accuracy": 0.8, "loss": 0.5}),
        (2, {"accuracy": 0.8, "loss": 0.4}),
        (3, {"accuracy": 0.9, "loss": 0.4}),
    ]

    assert kept_epoch(trial, curve) == 2
    assert kept_epoch(trial, []) == 3


def test_a_trial_whose_worker_dies_once_is_trained_all_the_same(toy_config, tmp_path):
    executor = {"name": "local", "workers": 1, "start_method": "spawn"}
    evaluator = {"name": "toy_again", "fault": "kill", "once": True, "after": 1}
    run, _ = search(toy_config, tmp_path / "run", executor=executor, evaluator=evaluator)
    (trial,) = run.history.best(1)
    beside = tmp_path / "beside"
    retraining = Retraining(
        beside, run.path, run.problem, run.config, run._registry.specification()
    )

    outcomes = list(retraining.outcomes([evolve(trial, attempts=0)]))

    assert [type(each) for each in outcomes if not isinstance(each, Progress)] == [
        Started, Started, Done
    ]  # fmt: skip
