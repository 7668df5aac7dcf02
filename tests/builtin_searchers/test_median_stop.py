from __future__ import annotations

from time import process_time

import pytest
from attrs import evolve
from numpy import mean, median
from numpy.random import default_rng

from archivolt.components.strategies import New
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, RUNNING, SEARCH_ENDED, STOPPED
from archivolt_searchers.median_stop import MedianStop

RULE = MedianStop(min_trials=3)


@pytest.fixture
def among(schedules):
    """Make a history of ended trials, flat at these scores, and a running one with a curve."""

    def make(scores, curve, epochs=8, maximize=True):
        ended = [schedules.trained(schedules.running(n), each) for n, each in enumerate(scores)]
        trial = schedules.running(len(ended), epochs)
        for epoch, score in enumerate(curve, 1):
            trial = trial.reported(epoch, score)
        return History(maximize, [*ended, trial])

    return make


def goes_on(history, epoch, rule=RULE):
    return rule.goes_on(history, len(history) - 1, epoch, {})


def test_every_trial_begins_with_its_whole_schedule_ahead():
    assert RULE.next(History()) == New()


def test_a_trial_below_the_median_is_stopped_and_one_above_goes_on(among):
    assert not goes_on(among([0.1, 0.5, 0.9], [0.2, 0.4, 0.4]), 3)
    assert goes_on(among([0.1, 0.5, 0.9], [0.2, 0.6, 0.4]), 3)


def test_the_median_itself_is_no_reason_to_stop(among):
    assert goes_on(among([0.1, 0.5, 0.9], [0.5, 0.5]), 2)


def test_where_smaller_is_better_the_larger_is_stopped(among):
    assert goes_on(among([0.1, 0.5, 0.9], [0.4, 0.4], maximize=False), 2)
    assert not goes_on(among([0.1, 0.5, 0.9], [0.6, 0.6], maximize=False), 2)


def test_no_trial_is_judged_before_its_share_or_by_too_few(among):
    history = among([0.5, 0.6, 0.9], [0.1] * 3)

    assert goes_on(history, 1)
    assert not goes_on(history, 2)  # a quarter of 8
    assert goes_on(history, 2, MedianStop(min_trials=3, min_epochs=3))
    assert goes_on(history, 2, MedianStop(min_trials=4))


def test_the_others_count_by_the_average_of_what_they_had_by_then(schedules):
    others = []
    for number, late in enumerate((0.2, 0.3, 0.4)):
        trial = schedules.running(number)
        for epoch in range(1, 9):  # poor to the fourth epoch
            trial = trial.reported(epoch, 0.1 if epoch <= 4 else late)
        others.append(evolve(trial, state=FINISHED, score=late, epochs=8))
    new = schedules.running(3)
    for epoch in range(1, 9):
        new = new.reported(epoch, 0.15)
    history = History(trials=[*others, new])

    assert goes_on(history, 4)
    assert goes_on(history, 5)  # 0.14 on average
    assert not goes_on(history, 7)  # 0.1857


def test_schedules_of_different_length_are_compared_at_the_same_share(among):
    # The ended ones have 8 epochs; 12 of 24 are as far as 4 of 8.
    assert not goes_on(among([0.4, 0.5, 0.6], [0.3] * 12, epochs=24), 12)
    assert goes_on(among([0.4, 0.5, 0.6], [0.3] * 4, epochs=24), 4)


def test_a_stopped_trial_counts_as_far_as_it_came(among):
    history = among([0.5, 0.6, 0.9], [0.4] * 4)
    stopped = history[0].curve[:3]
    history.record(evolve(history[0], state=STOPPED, epochs=3, curve=stopped))

    assert not goes_on(history, 3)
    assert goes_on(history, 4)  # two are too few
    history.record(evolve(history[0], cause=SEARCH_ENDED))  # it goes on later
    assert goes_on(history, 3)


def test_a_trial_without_reported_scores_goes_on(among):
    assert goes_on(among([0.5, 0.6, 0.9], []), 4)


@pytest.mark.parametrize("maximize", [True, False])
def test_its_verdicts_are_those_of_a_recomputation(maximize, schedules):
    rng, rule = default_rng(1), MedianStop(min_trials=1)
    history, verdicts = History(maximize), set()
    for number in range(60):
        history.record(schedules.running(number))
        for epoch in range(1, 9):
            history.record(history[number].reported(epoch, float(rng.random())))
            ended = [each for each in history if each.state != RUNNING and len(each.curve) >= epoch]
            averages = [mean([score for _, score in each.curve[:epoch]]) for each in ended]
            scores = [score for _, score in history[number].curve]
            behind = bool(averages) and (
                max(scores) < median(averages) if maximize else min(scores) > median(averages)
            )
            told = not rule.goes_on(history, number, epoch, {})
            if epoch >= 2 and len(averages) % 2:  # of an even number, the better of the middle two
                assert told == behind
                verdicts.add(told)
            if told:
                break
        state = STOPPED if len(history[number].curve) < 8 else FINISHED
        score = history[number].curve[-1][1]
        history.record(evolve(history[number], state=state, score=score))
    assert verdicts == {True, False}


def test_a_verdict_among_many_trials_takes_no_pass_over_them(schedules):
    rng = default_rng(0)
    history = History()
    template = schedules.running(0)
    for number in range(20_000):
        curve = tuple((epoch, float(score)) for epoch, score in enumerate(rng.random(8), 1))
        ended = evolve(template, number=number, state=FINISHED, score=curve[-1][1], curve=curve)
        history.record(evolve(ended, epochs=8))
    history.record(schedules.running(20_000).reported(4, 0.5))
    goes_on(history, 4)  # takes them all in

    began = process_time()
    for score in rng.random(200):
        history.record(history[20_000].reported(4, float(score)))
        goes_on(history, 4)
    assert (process_time() - began) / 200 < 0.002  # seconds
