from __future__ import annotations

from collections import Counter

import pytest
from attrs import evolve

from archivolt.components.strategies import New, Promote
from archivolt.values.history import History
from archivolt_searchers.hyperband import Hyperband


def test_brackets_begin_at_each_rung():
    shares = [rungs.shares for rungs in Hyperband().brackets()]

    assert shares == [(0.25, 0.5, 1.0), (0.5, 1.0), (1.0,)]


def test_brackets_get_the_trials_of_the_paper():
    # Li et al., 2018, table 1: R = 81, a factor of 3, so brackets of 81, 34, 15, 8 and 5.
    assert Hyperband(reduction_factor=3, min_share=1 / 81).turns() == (81, 34, 15, 8, 5)


def test_new_trials_go_to_the_brackets_in_turn(schedules):
    history = History()
    starts = []
    for _ in range(20):
        starts.append(Hyperband().next(history))
        schedules.obeyed(starts[-1], Hyperband(), history)  # nothing ends, so nothing is promoted

    one_round = [New(share=0.25)] * 4 + [New(share=0.5)] * 3 + [New(share=1.0)] * 3
    assert starts == 2 * one_round


def test_trials_are_compared_within_their_bracket_alone(schedules):
    history = History()
    for number in range(7):
        trial = schedules.obeyed(Hyperband().next(history), Hyperband(), history)
        assert trial.number == number
    for number in range(4, 7):  # of the second bracket, half of their schedules
        history.record(schedules.trained(history[number], 0.9 + number / 100))
    history.record(schedules.trained(history[0], 0.1))
    history.record(schedules.trained(history[1], 0.2))

    promotions = []
    while isinstance(decision := Hyperband().next(history), Promote):
        promotions.append(decision)
        history.record(schedules.trained(schedules.obeyed(decision, Hyperband(), history), 0.5))
    assert promotions == [Promote(1, 4), Promote(6, 8)]


def test_every_bracket_trains_about_as_many_epochs(schedules):
    scheduler = Hyperband()
    history = schedules.searched(
        scheduler, lambda trial: trial.number * 7919 % 1009, 2000, epochs=lambda _: 16
    )

    spent = Counter()
    for trial in history:
        bracket = (0, 0, 0, 0, 1, 1, 1, 2, 2, 2)[trial.number % 10]
        spent[bracket] += trial.epochs
    assert max(spent.values()) / min(spent.values()) < 1.5


def test_a_promotion_that_failed_is_not_tried_again(schedules):
    history = History()
    for _ in range(2):
        trial = schedules.obeyed(New(share=0.25), Hyperband(), history)
        history.record(schedules.trained(trial, 0.1 * trial.number))
    assert Hyperband().next(history) == Promote(1, 4)

    history.record(evolve(history[1], target_epochs=4))

    assert Hyperband().next(history) == New(share=0.25)


def test_fields_out_of_range_are_refused():
    with pytest.raises(ValueError, match="reduction_factor"):
        Hyperband(reduction_factor=1)
