from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.components.strategies import New, Promote
from archivolt.values.history import History
from archivolt.values.trial import FAILED, FINISHED, PENDING, RUNNING, STOPPED
from archivolt_searchers.successive_halving import Asha

FIRST = New(share=0.25)


@pytest.fixture
def waiting(schedules):
    """Make a history of trials with these scores, each trained for 2 epochs of 8."""

    def make(*scores, maximize=True, epochs=8):
        new = [schedules.running(n, epochs, target_epochs=epochs // 4) for n in range(len(scores))]
        trials = [schedules.trained(*each) for each in zip(new, scores, strict=True)]
        return History(maximize, trials)

    return make


def test_a_new_trial_gets_a_quarter_of_its_schedule_by_default():
    assert Asha().next(History()) == FIRST
    assert [FIRST.of(schedule) for schedule in (3, 8, 40)] == [1, 2, 10]


def test_the_best_half_of_a_rung_is_promoted_best_first(waiting, schedules):
    history = waiting(0.1, 0.4, 0.2, 0.3)
    decisions = []
    for _ in range(3):
        decisions.append(Asha().next(history))
        schedules.obeyed(decisions[-1], Asha(), history)

    assert decisions == [Promote(1, 4), Promote(3, 4), FIRST]


def test_where_smaller_is_better_the_smallest_are_promoted(waiting):
    assert Asha().next(waiting(0.1, 0.4, 0.2, 0.3, maximize=False)) == Promote(0, 4)


def test_who_may_soon_be_promoted_waits_and_who_is_clearly_worse_does_not(waiting, schedules):
    few, many = waiting(0.1, 0.4, 0.2, 0.3), waiting(*range(100))

    assert set(Asha().waiting(few)) == {0, 1, 2, 3}
    # The better half, and as many more as chance may raise: two times sqrt(100 / 4).
    assert set(Asha().waiting(many)) == set(range(40, 100))
    schedules.obeyed(Asha().next(many), Asha(), many)
    assert 99 not in Asha().waiting(many)


def test_a_search_within_a_quota_promotes_from_weights_that_are_there(waiting, schedules):
    history, gone, promoted = waiting(0.1), set(), 0
    for number in range(1, 120):
        while isinstance(decision := Asha().next(history), Promote):
            assert decision.number not in gone
            promoted += 1
            schedules.obeyed(decision, Asha(), history)
        # The quota is always passed: of everyone who does not wait the weights go at once.
        gone |= {trial.number for trial in history if not trial.active}
        gone -= {*Asha().waiting(history)}
        new = schedules.running(number, 8, target_epochs=2)
        history.record(schedules.trained(new, (47 * number % 127) / 127))
    assert promoted > 50
    assert len(gone) > 20


def test_one_trial_alone_is_not_promoted(waiting):
    assert Asha().next(waiting(0.9)) == FIRST


def test_a_higher_reduction_factor_keeps_fewer(waiting):
    scheduler = Asha(reduction_factor=4, min_share=0.25)

    assert scheduler.next(waiting(0.1, 0.4, 0.2)) == New(share=0.25)
    assert scheduler.next(waiting(0.1, 0.4, 0.2, 0.3)) == Promote(1, 8)


def test_higher_rungs_are_promoted_from_first(waiting, schedules):
    history = waiting(0.1, 0.4, 0.2, 0.3)
    for number in (1, 3):
        history.record(schedules.trained(evolve(history[number], target_epochs=4), 0.5 + number))

    assert Asha().next(history) == Promote(3, 8)


def test_a_trial_is_compared_by_the_score_it_had_at_the_rung(waiting, schedules):
    history = waiting(0.1, 0.4, 0.2, 0.3)
    # It fell from the best to the worst: in the lower rung it still holds one of the two places.
    history.record(schedules.trained(evolve(history[1], target_epochs=4), 0.0))

    assert Asha().next(history) == Promote(3, 4)
    schedules.obeyed(Promote(3, 4), Asha(), history)
    assert Asha().next(history) == FIRST


def test_schedules_of_different_length_are_compared_at_the_same_share(waiting, schedules):
    history = waiting(0.1, 0.2)
    long = schedules.running(2, 40, target_epochs=10)
    history.record(schedules.trained(long, 0.3))
    history.record(schedules.trained(schedules.running(3, target_epochs=2), 0.0))

    assert Asha().next(history) == Promote(2, 20)


@pytest.mark.parametrize("state", [PENDING, RUNNING])
def test_what_is_in_training_is_not_promoted_and_nobody_waits_for_it(waiting, schedules, state):
    history = waiting(0.1, 0.4)
    history.record(evolve(history[1], state=state, target_epochs=4))

    assert Asha().next(history) == FIRST


def test_failed_stopped_and_ended_trials_are_not_promoted(waiting):
    for change in (
        {"state": FAILED},
        {"state": STOPPED},
        {"target_epochs": 4},  # the promotion failed, or patience ended it
    ):
        history = waiting(0.1, 0.4, 0.2, 0.3, 0.0)
        history.record(evolve(history[1], **change))

        assert Asha().next(history) == Promote(3, 4)


def test_a_finished_schedule_is_the_end(schedules):
    history = schedules.searched(Asha(), lambda trial: trial.number, 200)

    assert max(trial.epochs for trial in history) == 8
    assert {trial.epochs for trial in history} == {2, 4, 8}


def test_about_one_in_the_reduction_factor_reaches_each_next_rung(schedules):
    rng = default_rng(0)
    quality = rng.random(400)
    history = schedules.searched(Asha(), lambda trial: quality[trial.number], 400)

    reached = Counter(trial.epochs for trial in history)
    promoted = reached[4] + reached[8]
    # Never fewer; some more, that were among the best until better ones came.
    assert 0.49 < promoted / len(history) < 0.6
    assert 0.49 < reached[8] / promoted < 0.6
    kept = [quality[trial.number] for trial in history if trial.epochs == 8]
    assert min(kept) > 0.6


def test_short_schedules_have_fewer_rungs(schedules):
    history = schedules.searched(Asha(), lambda trial: trial.number, 60, epochs=lambda _: 2)

    assert {trial.epochs for trial in history} == {1, 2}


def test_max_epochs_shortens_the_schedule_and_the_rungs_with_it(schedules):
    scheduler = Asha(max_epochs=4)
    history = schedules.searched(scheduler, lambda trial: trial.number, 60, epochs=lambda _: 40)

    assert {trial.epochs for trial in history} == {1, 2, 4}
    assert {trial.recipe.epochs for trial in history} == {4}
    assert {trial.candidate.recipe.epochs for trial in history} == {40}


def test_a_decision_among_many_trials_takes_no_pass_over_them(schedules):
    rng = default_rng(0)
    asha, history = Asha(), History()
    template = schedules.running(0)
    for number in range(20_000):
        epochs = (2, 2, 4, 8)[number % 4]
        score = float(rng.random())
        history.record(
            evolve(
                template,
                number=number,
                state=FINISHED,
                epochs=epochs,
                target_epochs=epochs,
                score=score,
                curve=((2, score),),
            )
        )
    asha.next(history)  # takes them all in

    began = process_time()
    for _ in range(200):
        trial = schedules.obeyed(asha.next(history), asha, history)
        history.record(schedules.trained(trial, float(rng.random())))
    assert (process_time() - began) / 200 < 0.002  # seconds


@pytest.mark.parametrize(
    "fields", [{"reduction_factor": 1}, {"min_share": 0.0}, {"min_share": 1.5}, {"min_epochs": 0}]
)
def test_fields_out_of_range_are_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        Asha(**fields)
