from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import ToyDense, ToyScale, toy_space
from archivolt.testing.toy_trials import proposed
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, RUNNING, Trial
from archivolt_searchers import archivolt_mutators
from archivolt_searchers.encoding import Encoder
from archivolt_searchers.gaussian_process import GaussianProcess
from archivolt_searchers.gaussian_regression import condition, fit, normal_scores
from archivolt_searchers.random_search import Random

MUTATORS = tuple((mutator(), 1.0) for mutator in archivolt_mutators())


@pytest.fixture
def space():
    return evolve(toy_space(vector(16), depth=(1, 4)), mutators=MUTATORS)


def quality(candidate):
    """Best: three tanh layers, the widest at the head, at a rate of 0.01 with Adam."""
    blocks = candidate.architecture
    score = -abs(len(blocks) - 3)
    for place, block in enumerate(reversed(blocks)):
        if isinstance(block, ToyDense):
            score += (block.units / 64 if place == 0 else 0.5) + 0.5 * (block.activation == "tanh")
    recipe = candidate.recipe
    return score - abs(np.log10(recipe.learning_rate) + 2) + (recipe.optimizer == "adam")


def test_it_finds_a_good_network_in_far_fewer_trials_than_chance(space):
    """The optimum is 4.5, and one candidate in a thousand reaches 4.2."""
    found = [trials_to(4.2, GaussianProcess(), space, quality, 90, seed) for seed in range(5)]
    by_chance = [trials_to(4.2, Random(), space, quality, 900, seed) for seed in range(5)]

    assert median(found) < 0.25 * median(by_chance)


def trials_to(target, searcher, space, score_of, limit, seed):
    history = History()
    for number in range(limit):
        proposal = searcher.propose(history, space, default_rng([seed, number]))
        score = float(score_of(proposal.candidate))
        if score >= target:
            return number + 1
        history.record(evolve(proposed(number, proposal), state=FINISHED, score=score))
    return limit


def test_the_first_trials_have_every_value_about_equally_often():
    space = evolve(
        toy_space(vector(16), depth=(4, 4), searched_recipe=False),
        blocks=(BlockChoice(ToyDense, fixed={"activation": "relu"}),),
        mutators=MUTATORS,
    )
    history = History()
    for number in range(4):
        proposal = GaussianProcess(starts=4).propose(history, space, default_rng(number))
        history.record(proposed(number, proposal))

    for place in range(4):
        units = [trial.candidate.architecture[place].units for trial in history]
        assert len(set(units)) >= 3  # of four values in four trials


def test_it_does_not_crowd_around_a_trial_in_flight(space):
    """What is expected of a trial in flight leaves nothing to be learnt there."""
    rng = default_rng(0)
    ended = [
        Trial(number, space.sample(rng), seed=0, state=FINISHED, score=float(number))
        for number in range(8)
    ]
    history = History(trials=ended)
    first = GaussianProcess(exploration=0.0).propose(history, space, default_rng(1))

    def uncertainty():
        bold, sober = (
            GaussianProcess(deviations=each)._learn(Encoder(space), history)([first.candidate])
            for each in (1.0, 0.0)
        )
        return float(bold[0] - sober[0])

    before = uncertainty()
    history.record(evolve(proposed(8, first), state=RUNNING))

    assert uncertainty() < 0.6 * before


def test_scores_count_by_their_ranks_alone():
    scores = np.array([1.0, 2.0, 2.0, 1e9, -np.inf])
    mild = np.array([1.0, 2.0, 2.0, 3.0, 0.0])

    quantiles = normal_scores(scores)

    assert quantiles[1] == quantiles[2]
    assert list(np.argsort(quantiles, kind="stable")) == [4, 0, 1, 2, 3]
    assert (quantiles == normal_scores(mild)).all()
    assert quantiles[3] == -quantiles[4]  # of a normal distribution around 0


def test_the_fit_finds_the_column_that_matters():
    rng = default_rng(0)
    rows = rng.random((60, 3))
    targets = normal_scores(np.sin(6 * rows[:, 1]))
    owner = np.arange(3)

    fitted = fit(rows, targets, owner, 30)
    mean, deviation = condition(rows, targets, owner, fitted).predict(rows)

    assert fitted.weights[1] > 3 * max(fitted.weights[0], fitted.weights[2])
    assert np.corrcoef(mean, targets)[0, 1] > 0.95
    assert (deviation < 0.7).all()


def test_a_column_that_never_varied_keeps_the_weight_it_had():
    rows = np.column_stack([np.linspace(0, 1, 12), np.zeros(12)])

    fitted = fit(rows, normal_scores(rows[:, 0]), np.arange(2), 30)

    assert fitted.weights[1] == pytest.approx(2.0)


def test_a_column_with_a_prior_of_its_own_takes_nothing_from_the_others():
    rows = np.column_stack([np.linspace(0, 1, 12), np.zeros(12), np.zeros(12)])
    targets = normal_scores(rows[:, 0])

    fitted = fit(rows, targets, np.arange(3), 30, {2: 0.3})

    assert fitted.weights[1:] == pytest.approx([2.0, 0.3])


def test_a_trial_in_flight_changes_what_is_known_and_not_what_is_expected():
    rng = default_rng(0)
    rows, waiting, asked = rng.random((20, 3)), rng.random((1, 3)), rng.random((5, 3))
    targets, owner = normal_scores(rows.sum(axis=1)), np.arange(3)
    fitted = fit(rows, targets, owner, 10)

    mean, deviation = condition(rows, targets, owner, fitted).predict(asked)
    both = condition(np.concatenate([rows, waiting]), targets, owner, fitted)

    assert both.predict(asked)[0] == pytest.approx(mean)
    assert (both.predict(asked)[1] < deviation).all()


def test_what_was_trained_briefly_is_evidence_for_what_is_trained_in_full(space):
    """Half of the trials saw a quarter of their schedule, after all of which scores are higher."""
    rng = default_rng(0)
    candidates = [space.sample(rng).with_recipe(epochs=16) for _ in range(60)]
    trials = []
    for number, candidate in enumerate(candidates):
        early = quality(candidate)
        short = Trial(
            number, candidate, 0, FINISHED, score=early, epochs=4, target_epochs=4,
            curve=((4, early),),
        )  # fmt: skip
        promoted = evolve(
            short,
            score=early + 10,
            epochs=16,
            target_epochs=None,
            curve=((4, early), (16, early + 10)),
        )
        trials.append(promoted if number % 2 == 0 else short)
    judge = GaussianProcess(deviations=0.0)._learn(Encoder(space), History(trials=trials))

    new = [space.sample(rng).with_recipe(epochs=16) for _ in range(100)]
    promises = judge(new)

    told = np.corrcoef(promises, [quality(each) for each in new])[0, 1]
    assert told > 0.93


def test_a_long_history_is_cut_to_the_best_half_and_the_latest(space):
    from archivolt_searchers.evidence import gather

    rng = default_rng(0)
    history = History(
        trials=[
            Trial(n, space.sample(rng), seed=0, state=FINISHED, score=-float(n)) for n in range(50)
        ]
    )

    numbers = [trial.number for trial in gather(history, 10).ended]

    assert numbers == [0, 1, 2, 3, 4, 45, 46, 47, 48, 49]


def test_a_failed_trial_is_as_bad_as_the_worst(space):
    """Only networks with a scale fail; so it should learn to leave that block out."""
    history, rng = History(), default_rng(0)
    for number in range(24):
        candidate = space.sample(rng)
        trial = Trial(number, candidate, seed=0, state=FINISHED, score=float(rng.random()))
        broken = any(isinstance(block, ToyScale) for block in candidate.architecture)
        history.record(trial.fail("error", "", 0.0) if broken else trial)

    proposals = [
        GaussianProcess(exploration=0.0, deviations=0.0).propose(history, space, default_rng(seed))
        for seed in range(12)
    ]

    broken = [
        any(isinstance(block, ToyScale) for block in each.candidate.architecture)
        for each in proposals
    ]
    assert sum(broken) <= 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"starts": 0}, "starts"), ({"acquisition": "luck"}, "luck"), ({"most_trials": 3}, "most")],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        GaussianProcess(**fields)


def test_candidates_that_differ_in_a_field_of_no_meaning_are_not_proposed_twice(space):
    history = History(trials=[Trial(0, Candidate((ToyScale(),)), seed=0)])

    proposal = GaussianProcess().propose(history, space, default_rng(0))

    assert history.find(proposal.candidate.fingerprint) is None
