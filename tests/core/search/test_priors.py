"""Freezing the best model so far: which, when, and beside whom."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve, frozen

from archivolt import Proposal, Searcher
from archivolt.config.sections import PhasesConfig
from archivolt.errors import ConfigError
from archivolt.search.api import open as open_run
from archivolt.search.api import start
from archivolt.search.priors import Priors
from archivolt.search.study import Study
from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.prior import MEAN, SUM
from archivolt.values.trial import FINISHED, STOPPED, Trial


@frozen
class Drawing(Searcher):
    """Draws at random."""

    name = "drawing"

    def propose(self, history: History, space: Any, rng: Any) -> Proposal:
        return Proposal(space.sample(rng))


def ended(number: int, score: float, **facts: Any) -> Trial:
    candidate = Candidate((ToyDense(8), ToyDense(16)))
    facts = {"state": FINISHED, "epochs": candidate.recipe.epochs, **facts}
    return Trial(number, candidate, 0, score=score, parameters=100, flops=200, **facts)


def asked(history: History, schedule: str = "adaptive", **phases: int) -> Trial:
    priors = Priors(PhasesConfig(schedule, **{"pool": 2, "every": 2, **phases}), "highest_score")
    trial = Trial(len(history), Candidate((ToyDense(8),)), 0)
    return priors.plan(trial, history, toy_space(vector(8)))


def test_before_the_pool_every_trial_stands_alone() -> None:
    assert asked(History(True, [ended(0, 0.9)])).prior is None


@pytest.mark.parametrize(("schedule", "rule"), [("adaptive", MEAN), ("residual", SUM)])
def test_then_the_best_so_far_is_frozen(schedule: str, rule: str) -> None:
    prior = asked(History(True, [ended(0, 0.9), ended(1, 0.8)]), schedule).prior

    assert prior is not None
    assert (prior.trial, prior.towers, prior.rule) == (0, 1, rule)
    assert (prior.parameters, prior.flops) == (100, 200)


def test_trials_of_a_phase_stand_beside_the_same_and_the_next_phase_freezes_anew() -> None:
    history = History(True, [ended(0, 0.9), ended(1, 0.8)])
    history.record(evolve(asked(history), state=FINISHED, score=0.95, epochs=10, parameters=150))
    same = asked(history)
    history.record(evolve(same, state=FINISHED, score=0.7, epochs=10, parameters=150))

    further = asked(history).prior

    assert same.prior is not None
    assert same.prior.trial == 0
    assert further is not None
    assert (further.trial, further.towers, further.parameters) == (2, 2, 150)


def test_what_may_be_trained_further_is_not_frozen() -> None:
    waiting = ended(0, 0.9, epochs=1, target_epochs=1)
    stopped = ended(1, 0.8, state=STOPPED)
    whole = ended(2, 0.7)

    prior = asked(History(True, [waiting, stopped, whole])).prior

    assert prior is not None
    assert prior.trial == 2


def test_where_nothing_can_be_frozen_a_trial_stands_alone() -> None:
    stopped = [ended(number, 0.9, state=STOPPED) for number in (0, 1)]

    assert asked(History(True, stopped)).prior is None


def test_a_trial_that_would_pass_the_limits_with_the_prior_stands_alone() -> None:
    history = History(True, [ended(0, 0.9), ended(1, 0.8)])
    priors = Priors(PhasesConfig("adaptive", pool=2, every=2), "highest_score")
    trial = Trial(2, Candidate((ToyDense(8),)), 0)
    space = toy_space(vector(8))
    alone = space.footprint(trial.candidate.architecture).parameters

    def planned(limit: int) -> Trial:
        return priors.plan(trial, history, evolve(space, limits=Limits(parameters=limit)))

    assert planned(alone + 99).prior is None
    assert planned(alone + 100).prior is not None


def test_a_study_asks_for_trials_beside_the_best() -> None:
    priors = Priors(PhasesConfig("residual", pool=3, every=2), "highest_score")
    study = Study(toy_space(vector(8)), Drawing(), priors=priors)
    for score in (0.1, 0.3, 0.2):
        study.tell(study.ask(), {"accuracy": score})

    prior = study.ask().prior

    assert prior is not None
    assert (prior.trial, prior.rule) == (1, SUM)


def test_an_evaluator_that_cannot_is_told(toy_config: Any, tmp_path: Any) -> None:
    run = start(toy_config(phases={"schedule": "adaptive"}), run=tmp_path / "run")

    with pytest.raises(ConfigError, match=r"evaluator 'toy' cannot.*after_pool"):
        list(run.events())


def test_what_a_trial_stood_beside_is_in_the_leaderboard(toy_config: Any, tmp_path: Any) -> None:
    config = toy_config(evaluator="toy_beside", phases={"schedule": "adaptive", "pool": 4})
    list(start(config, run=tmp_path / "run").events())

    rows = {row["number"]: row for row in open_run(tmp_path / "run").leaderboard()}

    beside = rows[4]["prior"]["trial"]
    assert [rows[number]["prior"] for number in range(4)] == [None] * 4
    assert [rows[number]["prior"]["trial"] for number in range(4, 9)] == [beside] * 5
    assert rows[4]["description"].endswith(f", beside trial {beside}")
