"""When a search stops by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from archivolt.config.sections import Budget
from archivolt.search.budget import Clock, extended, sitting
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.trial import FAILED, FINISHED, PENDING, RUNNING, Trial


def history(*trials: tuple[str, float | None]) -> History:
    """Make trials of a state and a score each, three epochs in those that have one.

    They end in the order of their numbers.
    """
    return History(
        trials=[
            Trial(
                number,
                Candidate((ToyDense(number + 1),)),
                seed=0,
                state=state,
                score=score,
                epochs=0 if score is None else 3,
                ended=None if state in (RUNNING, PENDING) else float(number),
            )
            for number, (state, score) in enumerate(trials)
        ]
    )


def reached(budget: Budget, past: History) -> str | None:
    return Clock(budget, spent=0.0, began=0.0).reached(past, now=1.0)


def test_a_plateau_counts_the_trials_that_ended_after_the_best() -> None:
    past = history(
        (FINISHED, 0.1),
        (RUNNING, None),
        (FINISHED, 0.9),
        (FINISHED, 0.5),
        (FAILED, None),
        (PENDING, None),
    )

    assert reached(Budget(plateau=3), past) is None
    assert reached(Budget(plateau=2), past) == "2 trials brought nothing better"


def test_the_best_trial_is_no_step_of_its_plateau_while_it_is_trained_further() -> None:
    past = history((FINISHED, 0.9), (FINISHED, 0.5), (FINISHED, 0.4))
    past.record(evolve(past[0], state=RUNNING))

    assert reached(Budget(plateau=3), past) is None
    assert reached(Budget(plateau=2), past) is not None


def test_a_plateau_begins_when_the_best_trial_ends_not_when_it_was_proposed() -> None:
    past = history(*((FINISHED, 0.5 - number / 100) for number in range(6)))
    past.record(evolve(past[1], state=RUNNING))
    past.record(evolve(past[1], state=FINISHED, score=0.9, ended=6.0))

    assert reached(Budget(plateau=1), past) is None
    past.record(evolve(past[2], ended=7.0))  # promoted in vain
    assert reached(Budget(plateau=1), past) == "1 trials brought nothing better"


def test_the_trials_of_the_budget_may_still_be_trained_further() -> None:
    past = history((FINISHED, 0.9), (FINISHED, 0.5))
    clock = Clock(Budget(trials=2), spent=0.0, began=0.0)

    assert clock.reached(past, 1.0, lambda: True) is None
    assert clock.reached(past, 1.0, lambda: False) == "2 trials are done"


def test_epochs_are_counted_once_for_a_trial_that_was_trained_further() -> None:
    past = history((FINISHED, 0.9), (FINISHED, 0.5))
    past.record(evolve(past[0], epochs=9))

    assert reached(Budget(epochs=13), past) is None
    assert reached(Budget(epochs=12), past) == "12 epochs are trained"


@pytest.mark.parametrize(
    "budget", [Budget(trials=9), Budget(epochs=99), Budget(plateau=9), Budget(target=2.0)]
)
def test_the_clock_is_read_without_a_pass_over_the_history(budget: Budget) -> None:
    class Unread(History):
        def __iter__(self) -> Iterator[Trial]:
            raise AssertionError("a pass over the history")

        def __getitem__(self, index: Any) -> Any:
            raise AssertionError("a trial was looked at")

    past = Unread(trials=list(history((FINISHED, 0.9), (FINISHED, 0.5), (RUNNING, None))))

    assert reached(budget, past) is None


def test_what_is_added_comes_on_top_of_what_was_spent() -> None:
    past = history((FINISHED, 0.9), (FAILED, None), (PENDING, None))

    assert extended(Budget(trials=2, minutes=1), past, 60.0, 5, None) == Budget(trials=7)
    assert extended(Budget(trials=2), past, 60.0, None, 3.0) == Budget(minutes=4.0)
    assert extended(Budget(trials=2), past, 60.0, None, None) == Budget(trials=2)


def test_what_was_reached_does_not_end_what_is_added() -> None:
    past = history((FINISHED, 0.9), (FINISHED, 0.5))
    budget = Budget(target=0.8, plateau=1, epochs=6)

    assert extended(budget, past, 0.0, 5, None) == Budget(trials=7)
    ahead = Budget(target=0.99, plateau=9, epochs=60)
    assert extended(ahead, past, 0.0, 5, None) == evolve(ahead, trials=7)


def test_a_search_of_which_nobody_says_when_it_ends_ends_after_ten_minutes() -> None:
    assert sitting(Budget(), None, None) == 10
    assert sitting(Budget(), None, 2.5) == 2.5
    assert sitting(Budget(), 20, None) is None
    for said in (Budget(trials=3), Budget(plateau=5), Budget(target=0.9), Budget(minutes=1)):
        assert sitting(said, None, None) is None
