from __future__ import annotations

import json
from statistics import mean

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyDense, ToyScale, toy_space
from archivolt.testing.toy_trials import searched
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import RUNNING
from archivolt_searchers.policy import Policy
from archivolt_searchers.random_search import Random
from archivolt_searchers.reinforce import INTERVAL, Reinforce


@pytest.fixture
def space():
    return toy_space(vector(16), depth=(1, 4))


def wide(candidate):
    return sum(getattr(block, "units", 0) for block in candidate.architecture)


def test_its_trials_get_better_and_chance_does_not(space):
    """The optimum is 256: four layers of 64 units."""
    learnt = searched(Reinforce(learning_rate=0.05), space, wide, 200)
    drawn = searched(Random(), space, wide, 200)

    late, by_chance = ([trial.score for trial in each[150:]] for each in (learnt, drawn))

    assert mean(late) > 2 * mean(by_chance)
    assert max(trial.score for trial in learnt) == 256


def test_the_gradient_is_that_of_the_log_probability(space):
    policy, rng = Policy(space), default_rng(0)
    logits = rng.standard_normal(policy.size)
    candidate = policy.draw(logits, rng)
    direction = rng.standard_normal(policy.size)

    def log_probability(at):
        path, total = policy.path(candidate), 0.0
        for begin, count, taken in zip(path.begins, path.counts, path.taken, strict=True):
            total += at[taken] - np.log(np.exp(at[path.open[begin : begin + count]]).sum())
        return total

    step = 1e-5
    slope = log_probability(logits + step * direction) - log_probability(logits - step * direction)

    assert policy.gradient(logits, candidate) @ direction == pytest.approx(
        slope / (2 * step), rel=1e-5
    )


def test_it_draws_what_its_logits_say(space):
    policy, rng = Policy(space), default_rng(0)
    favourite = policy.draw(policy.begin(), rng)
    logits = policy.begin()
    logits[policy.path(favourite).taken] += 20.0

    drawn = [policy.draw(logits, rng) for _ in range(20)]

    assert {each.architecture for each in drawn} == {favourite.architecture}


def test_the_state_in_a_memo_stands_for_the_trials_before_it(space):
    history = searched(Reinforce(), space, wide, 3 * INTERVAL)
    holders = [trial for trial in history if "logits" in trial.memo["policy"]]
    # The same trials without what was stored: all of them are replayed.
    bare = History(trials=[evolve(each, memo={"policy": {"kept": None}}) for each in history])

    stored, replayed = (
        [Reinforce().propose(each, space, default_rng(seed)).candidate for seed in range(20)]
        for each in (history, bare)
    )

    assert [trial.number for trial in holders] == [INTERVAL, 2 * INTERVAL]
    assert stored == replayed
    assert all(len(json.dumps(trial.memo)) < 20_000 for trial in holders)


def test_a_promotion_of_an_early_trial_lets_no_trial_teach_twice(space):
    searcher = Reinforce(learning_rate=0.5)
    ended = searched(searcher, space, wide, 2 * INTERVAL)
    promoted = History(trials=[evolve(ended[0], state=RUNNING), *ended[1:]])

    once, again = (
        [searcher.propose(each, space, default_rng(seed)).candidate for seed in range(20)]
        for each in (ended, promoted)
    )

    assert once == again


def test_trials_of_others_teach_it_nothing(space):
    others = [evolve(each, memo={}) for each in searched(Random(), space, wide, 40)]

    beside = Reinforce().propose(History(trials=others), space, default_rng(3))
    alone = Reinforce().propose(History(), space, default_rng(3))

    assert beside.candidate == alone.candidate


def test_a_space_of_too_many_decisions_is_refused(space):
    @frozen
    class Wide(ToyScale):
        """A block with a name out of very many."""

        name = "wide"
        label: str = "0"

    names = Choices(tuple(map(str, range(6000))))
    large = evolve(space, blocks=(BlockChoice(Wide, narrowed={"label": names}),))

    with pytest.raises(SpaceError, match="24,0.. decisions"):
        Reinforce().propose(History(), large, default_rng(0))


def test_a_learning_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="learning_rate"):
        Reinforce(learning_rate=0.0)


def test_blocks_are_drawn_by_their_weights_at_first(space):
    heavy = evolve(
        space, depth=(1, 1), blocks=(BlockChoice(ToyDense, weight=9.0), BlockChoice(ToyScale))
    )
    policy, rng = Policy(heavy), default_rng(0)

    drawn = [policy.draw(policy.begin(), rng) for _ in range(400)]

    dense = sum(isinstance(each.architecture[0], ToyDense) for each in drawn)
    assert 330 < dense < 385
