from __future__ import annotations

import numpy as np
import pytest

from archivolt.testing.toy_space import toy_space
from archivolt.values.features import vector
from archivolt.values.trial import FAILED, FINISHED, STOPPED, Trial
from archivolt_searchers.gaussian_regression import normal_scores
from archivolt_searchers.observations import WHOLE, level_of, observe

EPOCHS = 16


@pytest.fixture
def candidate():
    space = toy_space(vector(16))
    drawn = space.sample(np.random.default_rng(0))
    return drawn.with_recipe(epochs=EPOCHS)


@pytest.fixture
def trial(candidate):
    """Make a trial that was trained for some of its 16 epochs; its curve holds earlier scores."""

    def make(number, score, epochs=EPOCHS, earlier=(), **changes):
        return Trial(
            number,
            candidate,
            seed=0,
            score=score,
            epochs=epochs,
            curve=(*earlier, (epochs, score)),
            **{"state": FINISHED, "target_epochs": epochs, **changes},
        )

    return make


def targets_of(observations):
    """Return the newest target of each trial by its number."""
    numbers = [trial.number for trial in observations.trials]
    return dict(zip(numbers, observations.targets.tolist(), strict=True))


def test_whole_schedules_count_by_their_ranks_alone(trial):
    scores = [0.3, 0.9, 0.1, 0.5]

    seen = observe([trial(at, each) for at, each in enumerate(scores)], maximize=True)

    assert (seen.targets == normal_scores(np.array(scores))).all()
    assert seen.top == WHOLE
    assert set(seen.levels.tolist()) == {WHOLE}


def test_a_short_training_is_compared_with_others_as_short(trial):
    """Its score is below those that were trained further, and it was the best at a quarter."""
    promoted = [
        trial(at, 0.8 + early, earlier=((4, early),)) for at, early in enumerate([0.3, 0.4])
    ]
    short = [trial(2, 0.5, epochs=4), trial(3, 0.1, epochs=4)]

    found = targets_of(observe([*promoted, *short], maximize=True))

    assert found[2] > found[1] > found[0] > found[3]


def test_those_that_went_further_keep_their_quantiles_in_their_new_order(trial):
    """Trial 0 led trial 1 at a quarter, and is behind it in the end."""
    late = [
        trial(0, 0.90, earlier=((4, 0.6),)),
        trial(1, 0.95, earlier=((4, 0.5),)),
    ]
    short = [trial(2 + at, 0.1 * at, epochs=4) for at in range(5)]

    found = targets_of(observe([*late, *short], maximize=True))
    at_a_quarter = normal_scores(np.array([0.6, 0.5, *(0.1 * at for at in range(5))]))

    assert found[1] == at_a_quarter[0]
    assert found[0] == at_a_quarter[1]


def test_a_promoted_trial_is_seen_where_it_was_and_where_it_is(trial):
    seen = observe(
        [trial(0, 0.9, earlier=((4, 0.6),)), trial(1, 0.5, epochs=4), trial(2, 0.4, epochs=4)], True
    )

    assert [(each.number, level) for each, level in zip(seen.trials, seen.levels, strict=True)] == [
        (0, -2),
        (0, WHOLE),
        (1, -2),
        (2, -2),
    ]


def test_smaller_scores_are_better_where_the_metric_is_a_loss(trial):
    trials = [trial(0, 0.2, earlier=((4, 0.5),)), trial(1, 0.6, epochs=4), trial(2, 0.7, epochs=4)]

    found = targets_of(observe(trials, maximize=False))

    assert found[0] > found[1] > found[2]


def test_a_failed_trial_is_as_bad_as_the_worst(trial):
    failed = trial(3, None, epochs=0, state=FAILED)
    trials = [trial(0, 0.9, earlier=((4, 0.6),)), trial(1, 0.5, 4), trial(2, 0.4, 4), failed]

    found = targets_of(observe(trials, maximize=True))

    assert found[3] == min(found.values())
    assert np.isfinite(list(found.values())).all()


@pytest.mark.parametrize(
    ("epochs", "changes", "level"),
    [
        (16, {}, WHOLE),
        (8, {"state": STOPPED}, -1),
        (4, {}, -2),
        (5, {}, -2),  # a whole epoch more than a quarter of it
        (1, {}, -4),
        (5, {"target_epochs": None}, WHOLE),  # ended by itself: it was asked for all
        (0, {}, WHOLE),  # a loop that tells of no epochs
    ],
)
def test_a_level_is_the_share_of_the_schedule_in_halvings(trial, epochs, changes, level):
    assert level_of(trial(0, 0.5, epochs=epochs, **changes)) == level
