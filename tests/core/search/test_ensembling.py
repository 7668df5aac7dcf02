"""Combining the trials of a run: when, and what is told where it does not work."""

from __future__ import annotations

import json

import pytest

from archivolt.errors import SearchError
from archivolt.search.api import open as open_run
from archivolt.search.api import reopen, start
from archivolt.search.events import EnsembleMade, Noted, SearchFinished


def searched(config, folder, **sections):
    run = start(config(**sections), run=folder)
    return run, list(run.events())


def test_without_an_ensembler_the_best_trial_alone_is_delivered(toy_config, tmp_path):
    run, events = searched(toy_config, tmp_path / "run")

    assert events[-1].ensemble is None
    assert not (run.path / "ensemble").exists()
    assert run.ensembles() == []


def test_after_the_pool_an_ensemble_is_delivered_beside_the_best(toy_config, tmp_path):
    run, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean")

    combined = events[-1].ensemble
    delivered = json.loads((run.path / "ensemble" / "model.json").read_text())
    assert delivered["members"] == list(combined.ensemble.members)
    assert (run.path / "best" / "model.json").exists()
    assert combined.report == {"accuracy": 0.5}
    assert combined.trials == 10
    assert combined.among == 10
    assert len(combined.adds) == 3


def test_a_finished_run_is_combined_as_it_would_have_been_on_the_way(toy_config, tmp_path):
    run, _ = searched(toy_config, tmp_path / "run", ensembler="toy_mean", phases="none")
    again, _ = reopen(tmp_path / "run", overrides=["phases={pool: 4, every: 3}"])

    combined = again.combine(along=True)

    made = again.ensembles()
    assert [each.trials for each in made] == [4, 7, 10]
    assert made[-1].ensemble == combined.ensemble
    assert combined.report == {"accuracy": 0.5}
    assert all(max(each.ensemble.members) < each.trials for each in made)


def test_ensembles_are_read_back_as_they_were_made(toy_config, tmp_path):
    _, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean")

    (found,) = open_run(tmp_path / "run").ensembles()

    made = events[-1].ensemble
    assert (found.ensemble, found.adds, found.parameters) == (
        made.ensemble, made.adds, made.parameters,
    )  # fmt: skip
    assert found.report == made.report


def test_the_report_is_that_of_the_ensemble_that_is_there(toy_config, tmp_path):
    run, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean")
    told = json.loads((run.path / "ensemble" / "ensemble.json").read_text())
    assert told["number"] == events[-1].ensemble.number
    assert run.report == {"accuracy": 0.5}

    told["report"] = {"accuracy": 0.25}  # as if it were another one than was committed last
    (run.path / "ensemble" / "ensemble.json").write_text(json.dumps(told))

    assert run.report == {"accuracy": 0.25}


def test_too_few_trials_make_no_ensemble(toy_config, tmp_path):
    run, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean", phases={"pool": 11})

    assert events[-1].ensemble is None
    assert not (run.path / "ensemble").exists()


def test_intermixed_makes_one_at_the_pool_and_after_so_many_trials(toy_config, tmp_path):
    phases = {"schedule": "intermixed", "pool": 4, "every": 3}
    run, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean", phases=phases)

    made = [each.combined.trials for each in events if isinstance(each, EnsembleMade)]
    assert made == [4, 7, 10]
    assert [each.trials for each in run.ensembles()] == [4, 7, 10, 10]


def test_a_promotion_is_no_further_trial_for_it(toy_config, tmp_path):
    scheduler = {"name": "toy_halving", "stop_after": 2}
    phases = {"schedule": "intermixed", "pool": 4, "every": 3}
    run, events = searched(
        toy_config, tmp_path / "run", ensembler="toy_mean", phases=phases, scheduler=scheduler
    )

    made = [each.combined.trials for each in events if isinstance(each, EnsembleMade)]
    assert sum(trial.epochs == 3 for trial in run.history) == 2
    assert made == [4, 7]


def test_an_ensemble_of_an_earlier_session_is_told(toy_config, tmp_path):
    searched(toy_config, tmp_path / "run", ensembler="toy_mean")
    again, _ = reopen(tmp_path / "run", overrides=["phases.schedule=none"])

    events = list(again.events(trials=1))

    (told,) = [each.text for each in events if isinstance(each, Noted) and "ensemble/" in each.text]
    assert told.startswith("ensemble/ holds the ensemble of an earlier session")


def test_the_schedule_none_makes_none(toy_config, tmp_path):
    _, events = searched(
        toy_config, tmp_path / "run", ensembler="toy_mean", phases={"schedule": "none"}
    )

    assert events[-1].ensemble is None


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise", "the ensembler 'toy_mean' failed: ValueError: the toy cannot add"),
        ("stranger", "the ensembler 'toy_mean' took trials that were not in its pool: [999]"),
    ],
)
def test_an_ensembler_that_fails_takes_nothing_with_it(toy_config, tmp_path, fault, message):
    ensembler = {"name": "toy_mean", "fault": fault}
    run, events = searched(toy_config, tmp_path / "run", ensembler=ensembler)

    last = events[-1]
    assert isinstance(last, SearchFinished)
    assert (last.error, last.ensemble) == (None, None)
    assert (run.path / "best" / "model.json").exists()
    notes = [each.text for each in events if isinstance(each, Noted)]
    assert any(message in note for note in notes), notes


def test_a_finished_run_can_be_combined_later(toy_config, tmp_path):
    searched(toy_config, tmp_path / "run")
    run, _ = reopen(tmp_path / "run", overrides=["ensembler={name: toy_mean, members: 2}"])

    combined = run.combine()

    assert len(combined.ensemble.members) == 2
    assert (run.path / "ensemble" / "model.json").exists()


def test_combining_without_an_ensembler_says_how_to_name_one(toy_config, tmp_path):
    run, _ = searched(toy_config, tmp_path / "run")

    with pytest.raises(SearchError, match="no ensembler is set"):
        run.combine()


def test_trials_whose_predictions_are_gone_are_no_members(toy_config, tmp_path):
    run, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean")
    for number in events[-1].ensemble.ensemble.members:
        (run.path / "trials" / f"{number:05d}" / "weights.txt").unlink()

    again = run.combine()

    assert not set(again.ensemble.members) & set(events[-1].ensemble.ensemble.members)


def test_a_member_adds_what_the_loss_would_rise_by_without_it(toy_config, tmp_path):
    _, events = searched(toy_config, tmp_path / "run", ensembler="toy_mean")

    combined = events[-1].ensemble
    # The toys are surer of the truth the better they are, so the best one adds most.
    best = combined.ensemble.members.index(events[-1].selection.highest.number)
    assert max(combined.adds) == combined.adds[best] > 0
