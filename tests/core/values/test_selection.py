"""Which trial is delivered."""

from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.history import History
from archivolt.values.selection import HIGHEST_SCORE, STANDARD_ERROR, contenders, in_order, select
from archivolt.values.trial import FAILED, FINISHED, Trial


def history(*told: tuple[float | None, float], error: float | None = 0.02, maximize: bool = True):
    """Make trials of scores and losses; None is a failed one."""
    space, rng = toy_space(), default_rng(0)
    trials = []
    for number, (score, loss) in enumerate(told):
        metrics = {"loss": loss} if error is None else {"loss": loss, STANDARD_ERROR: error}
        made = Trial(number, space.sample(rng), seed=number)
        state = FAILED if score is None else FINISHED
        trials.append(evolve(made, state=state, score=score, metrics=metrics))
    return History(maximize, tuple(trials))


def test_of_those_within_one_standard_error_the_lowest_loss_is_taken():
    found = select(history((0.90, 0.5), (0.885, 0.3), (0.879, 0.1), (0.881, 0.4), (None, 0.0)))
    assert found is not None
    assert (found.trial.number, found.highest.number, found.among) == (1, 0, 3)
    assert found.error == 0.02


def test_the_brier_score_decides_where_it_is_told():
    trials = history((0.90, 0.5), (0.885, 0.3), (0.89, 0.4))
    for number, brier in enumerate((0.3, 0.2, 0.1)):
        told = {**trials[number].metrics, "brier": brier}
        trials.record(evolve(trials[number], metrics=told))

    found = select(trials)

    assert found is not None
    assert (found.trial.number, found.by) == (2, "brier")


def test_a_score_to_be_minimised_is_compared_from_below():
    found = select(history((0.10, 0.5), (0.115, 0.3), (0.13, 0.1), maximize=False))
    assert found is not None
    assert (found.trial.number, found.highest.number) == (1, 0)


@pytest.mark.parametrize("error", [None, 0.0, float("nan")])
def test_without_an_error_it_is_the_best_score(error):
    found = select(history((0.90, 0.5), (0.90, 0.4), (0.899, 0.1), error=error))
    assert found is not None
    assert (found.trial.number, found.highest.number, found.among) == (1, 1, 1)


def test_the_rule_can_be_turned_off():
    found = select(history((0.90, 0.5), (0.899, 0.1)), HIGHEST_SCORE)
    assert found is not None
    assert found.trial.number == 0
    assert found.among == 1


def test_equal_losses_go_to_the_better_score():
    assert [each.number for each in contenders(history((0.89, 0.3), (0.9, 0.3)))] == [1, 0]


def test_a_loss_that_is_no_number_is_never_taken():
    found = select(history((0.90, 0.5), (0.899, float("nan")), (0.895, 0.4)))
    assert found is not None
    assert found.trial.number == 2


def test_nothing_is_chosen_where_nothing_has_a_score():
    assert select(history()) is None
    assert select(history((None, 0.0))) is None


def test_the_order_of_choice_goes_on_by_score():
    trials = history((0.80, 0.1), (0.90, 0.5), (0.885, 0.3), (0.85, 0.2), (None, 0.0))
    assert [each.number for each in in_order(trials, 9)] == [2, 1, 3, 0]
    assert [each.number for each in in_order(trials, 1)] == [2]
    assert [each.number for each in in_order(trials, 9, HIGHEST_SCORE)] == [1, 2, 3, 0]
