from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.ensemble import Ensemble
from archivolt.values.history import History
from archivolt.values.trial import FAILED, FINISHED, PENDING, RUNNING, STATES, STOPPED, Trial


def trials(count, seed=0):
    """Make pending trials with parents among the earlier ones."""
    space, rng = toy_space(), default_rng(seed)
    made = []
    for number in range(count):
        parent = int(rng.integers(number)) if number and rng.random() < 0.7 else None
        made.append(Trial(number, space.sample(rng), seed=number, parent=parent))
    return made


def finished(trial, score, loss=None):
    metrics = {} if loss is None else {"loss": loss}
    return evolve(trial, state=FINISHED, score=score, metrics=metrics)


@pytest.mark.parametrize("maximize", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_indices_agree_with_a_recomputation_after_any_records(maximize, seed):
    rng = default_rng(seed)
    history, mirror = History(maximize), []
    for trial in trials(80, seed):
        history.record(trial)
        mirror.append(trial)
        for _ in range(2):  # any trial may change again: retried, promoted, failed
            changed = evolve(
                mirror[int(rng.integers(len(mirror)))],
                state=str(rng.choice(STATES)),
                score=round(float(rng.random()), 1),  # ties
                epochs=int(rng.integers(5)),
                metrics={"loss": round(float(rng.random()), 1)},
            )
            history.record(changed)
            mirror[changed.number] = changed

    def key(trial):
        return (-trial.score if maximize else trial.score, trial.metrics["loss"], trial.number)

    ranking = sorted((each for each in mirror if each.scored), key=key)
    assert list(history) == mirror
    assert list(history.ranked()) == ranking
    assert history.best(7) == tuple(ranking[:7])
    assert [history.rank(each) for each in ranking] == list(range(len(ranking)))
    assert history.scored == len(ranking)
    assert history.epochs == sum(each.epochs for each in mirror)
    assert history.ended == sum(not each.active for each in mirror)
    assert set(history.active) == {each for each in mirror if each.active}
    for state in STATES:
        expected = [each for each in mirror if each.state == state]
        assert sorted(history.in_state(state), key=lambda each: each.number) == expected
        assert history.count(state) == len(expected)
    for number in range(len(mirror)):
        assert history.children(number) == tuple(e for e in mirror if e.parent == number)
    for trial in mirror:
        first = next(e for e in mirror if e.candidate == trial.candidate)
        assert history.find(trial.candidate.fingerprint) == first
        assert history.holds(trial.candidate)


def test_ties_go_to_the_smaller_loss_and_then_to_the_earlier_trial():
    made = trials(4)
    history = History()
    for trial, loss in zip(made, (0.5, 0.2, 0.2, None), strict=True):
        history.record(finished(trial, 0.9, loss))

    assert [each.number for each in history.best(4)] == [3, 1, 2, 0]


def test_a_smaller_score_is_better_where_the_metric_is_minimised():
    history = History(
        maximize=False, trials=[finished(t, s) for t, s in zip(trials(2), (2, 1), strict=True)]
    )

    assert history.best()[0].number == 1
    assert history.is_better(0.1, 0.2)
    assert not History().is_better(0.1, 0.2)


def test_a_score_or_loss_that_is_no_number_comes_last():
    made = trials(3)
    history = History()
    history.record(finished(made[0], float("nan")))
    history.record(finished(made[1], 0.5, float("nan")))
    history.record(finished(made[2], 0.5, 3.0))

    assert [each.number for each in history.ranked()] == [2, 1, 0]
    history.record(finished(made[0], 0.9))
    assert [each.number for each in history.ranked()] == [0, 2, 1]


def test_a_trial_that_fails_on_a_retry_leaves_the_ranking():
    (trial,) = trials(1)
    history = History(trials=[finished(trial, 0.9)])

    history.record(trial.fail("error", "", 0.0))

    assert history.best() == ()
    assert history.count(FAILED) == 1
    assert history.count(FINISHED) == 0


def test_a_trial_is_ranked_while_it_is_trained_further_and_not_before_it_has_a_score():
    one, other, third = trials(3)
    history = History(trials=[evolve(one, state=STOPPED, score=0.4)])
    history.record(evolve(other, state=RUNNING))
    history.record(evolve(third, state=PENDING, score=0.9))

    assert [each.number for each in history.ranked()] == [2, 0]
    history.record(evolve(third, state=FINISHED, score=0.9))
    assert history.in_state(PENDING) == ()


def test_since_yields_the_later_trials_alone():
    made = trials(5)
    history = History(trials=made)

    assert list(history.since(3)) == made[3:]
    assert list(history.since(5)) == []
    assert history[-1] == made[-1]
    assert list(history[1:3]) == made[1:3]


def test_a_number_that_is_not_the_next_one_is_refused():
    with pytest.raises(IndexError, match="trial 2 recorded after 0 trials"):
        History().record(trials(3)[2])


class Scores:
    """An index that a strategy might keep: the scores by trial, and how often it was told."""

    def __init__(self):
        self.scores = {}
        self.told = 0

    def change(self, before, after):
        assert self.scores.get(after.number) == (None if before is None else before.score)
        self.scores[after.number] = after.score
        self.told += 1


def test_a_derived_index_is_told_once_of_each_trial_that_changed_since():
    history = History(trials=trials(5))
    index = history.derived("scores", Scores)
    assert index.told == 5

    history.record(evolve(history[2], state=RUNNING))
    history.record(finished(history[2], 0.5))
    history.record(evolve(trials(6)[5], score=0.1))

    assert history.derived("scores", Scores) is index
    assert index.told == 7
    assert index.scores == {0: None, 1: None, 2: 0.5, 3: None, 4: None, 5: 0.1}
    assert history.derived("other", Scores) is not index


def test_an_index_that_breaks_is_made_afresh():
    class Breaks(Scores):
        def change(self, before, after):
            if after.score is not None:
                raise ValueError("no")
            super().change(before, after)

    history = History(trials=trials(2))
    history.derived("scores", Breaks)
    history.record(finished(history[0], 0.5))
    with pytest.raises(ValueError, match="no"):
        history.derived("scores", Breaks)

    assert history.derived("scores", Scores).scores == {0: 0.5, 1: None}


def test_what_ended_after_a_time_leaves_out_what_is_trained_again():
    history = History(trials=[evolve(finished(each, 0.5), ended=10.0) for each in trials(4)])
    for number in (1, 2, 3):
        history.record(evolve(history[number], ended=10.0 + number))
    assert [history.ended_after(time) for time in (9.0, 10.0, 11.5)] == [4, 3, 2]

    history.record(evolve(history[3], state=RUNNING))

    assert history.ended_after(10.0) == 2


def test_a_report_leaves_the_order_of_running_trials():
    history = History(trials=[evolve(each, state=RUNNING) for each in trials(3)])

    history.record(history[0].reported(1, 0.5))

    assert [trial.number for trial in history.active] == [0, 1, 2]


def test_the_newest_trial_with_a_key_in_its_memo_is_found_whatever_became_of_it():
    first, second, third, fourth = trials(4)
    history = History(
        trials=[first, evolve(second, memo={"a": 1}), evolve(third, memo={"a": 2, "b": 0}), fourth]
    )

    history.record(finished(history[1], 0.5))
    history.record(finished(history[2], 0.1))

    assert history.newest_with("a") == history[2]
    assert history.newest_with("b").score == 0.1
    assert history.newest_with("c") is None


def test_the_newest_ensemble_is_remembered():
    history = History(trials=trials(3))
    assert history.ensemble is None

    for members in ((0, 1), (1, 2)):
        history.record_ensemble(Ensemble(members, (0.5, 0.5)))

    assert history.ensemble.members == (1, 2)
