from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import ExhaustedError
from archivolt.testing.toy_space import ToyDense, ToyPooling, ToyScale, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, Trial
from archivolt_searchers import archivolt_mutators
from archivolt_searchers.greedy import Greedy

MUTATORS = tuple((mutator(), 1.0) for mutator in archivolt_mutators())


@pytest.fixture
def space():
    return evolve(toy_space(vector(16), depth=(1, 5)), mutators=MUTATORS)


def finished(number, candidate, score):
    return Trial(number, candidate, seed=0, state=FINISHED, score=score)


def searched(searcher, space, score_of, trials, seed=0):
    """Run a search in which every trial ends at once."""
    history, rng = History(), default_rng(seed)
    for number in range(trials):
        proposal = searcher.propose(history, space, rng)
        score = score_of(proposal.candidate)
        history.record(
            evolve(
                finished(number, proposal.candidate, score),
                parent=proposal.parent,
                mutator=proposal.mutator,
            )
        )
    return history


def width(candidate):
    return sum(getattr(block, "units", 0) for block in candidate.architecture)


def test_the_first_trials_are_drawn_and_the_others_change_one_of_the_best(space):
    history = searched(Greedy(beam=3, starts=6), space, width, 40)

    assert all(trial.parent is None for trial in history[:6])
    for trial in history[6:]:
        before = History(trials=history[: trial.number])
        assert trial.parent in {each.number for each in before.best(3)}
        assert trial.mutator is not None


def test_the_allowed_depth_is_the_number_of_thresholds_passed(space):
    even = Greedy(trials_a_level=5)
    listed = Greedy(depth_schedule=(2, 4, 30))

    assert [even.allowed_depth(n, space) for n in (0, 4, 5, 10, 24, 25, 500)] == [
        1, 1, 1, 2, 4, 5, 5,
    ]  # fmt: skip
    assert [listed.allowed_depth(n, space) for n in (0, 2, 4, 29, 30, 900)] == [1, 1, 2, 2, 3, 3]
    assert Greedy(trials_a_level=0).allowed_depth(0, space) == 5


def test_no_network_is_deeper_than_the_schedule_allows(space):
    searcher = Greedy(starts=3, trials_a_level=4)
    history = searched(searcher, space, width, 60)

    for trial in history:
        allowed = searcher.allowed_depth(trial.number, space)
        assert len(space.body(trial.candidate.architecture)) <= allowed
    assert max(len(space.body(each.candidate.architecture)) for each in history) == 5


def test_a_shallow_parent_grows_with_the_probability(space):
    parents = [finished(n, Candidate((ToyDense(8 * 2**n),)), 1.0) for n in range(4)]
    history = History(trials=[*parents, finished(4, Candidate((ToyScale(),)), 0.1)])
    deep = Greedy(starts=1, trials_a_level=1, growth_probability=1.0)

    grown = [deep.propose(history, space, default_rng(seed)) for seed in range(30)]
    kept = [
        evolve(deep, growth_probability=0.0).propose(history, space, default_rng(seed))
        for seed in range(30)
    ]

    assert {proposal.mutator for proposal in grown} == {"insert", "insert_identity"}
    assert "insert" not in {proposal.mutator for proposal in kept}
    assert all(len(proposal.candidate.architecture) == 1 for proposal in kept)


def test_a_network_at_the_allowed_depth_does_not_grow(space):
    history = History(trials=[finished(0, Candidate((ToyDense(8),)), 1.0)])
    searcher = Greedy(starts=1, trials_a_level=5, growth_probability=1.0)

    for seed in range(30):
        proposal = searcher.propose(history, space, default_rng(seed))
        assert len(space.body(proposal.candidate.architecture)) == 1


def test_a_beam_of_one_follows_the_best_trial(space):
    scores = [0.3, 0.9, 0.5]
    history = History(
        trials=[finished(n, Candidate((ToyDense(8 * 2**n),)), s) for n, s in enumerate(scores)]
    )

    parents = {
        Greedy(beam=1, starts=1).propose(history, space, default_rng(seed)).parent
        for seed in range(20)
    }

    assert parents == {1}


def test_where_the_best_have_no_child_left_the_next_ones_take_their_turn():
    # Depth 1, no recipe: the one thing to change is the block itself, and the best trial's
    # neighbours are all known. Only drawing afresh could find the rest.
    space = evolve(
        toy_space(vector(16), depth=(1, 1), searched_recipe=False),
        mutators=MUTATORS,
        blocks=(BlockChoice(ToyDense), BlockChoice(ToyScale)),
    )

    history = searched(Greedy(starts=2), space, width, 9)  # 4 widths x 2 activations, and scale

    assert len({trial.candidate for trial in history}) == 9
    with pytest.raises(ExhaustedError, match="nothing new in 1,000 draws after 9 trials"):
        Greedy(starts=2).propose(history, space, default_rng(0))


def test_a_limit_that_no_shallow_network_meets_is_met_by_a_deeper_one():
    # Only pooling brings the head of a 16 x 16 image under the limit.
    space = evolve(
        toy_space(image(16, 16, 1), depth=(1, 4), limits=Limits(parameters=200)),
        mutators=MUTATORS,
        blocks=(BlockChoice(ToyPooling),),
        connectors=tuple(
            evolve(each, fixed={"mean": False}) for each in toy_space(image(16, 16, 1)).connectors
        ),
    )

    proposal = Greedy().propose(History(), space, default_rng(0))

    assert len(space.body(proposal.candidate.architecture)) >= 2


def test_it_needs_fewer_trials_than_chance_to_a_wide_network(space):
    """The search must be worth something: width is a score that every change moves."""

    def best_after(searcher, seed):
        return searched(searcher, space, width, 60, seed).best()[0].score

    from archivolt_searchers.random_search import Random

    greedy = sum(best_after(Greedy(), seed) for seed in range(5))
    chance = sum(best_after(Random(), seed) for seed in range(5))
    assert greedy > chance


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"beam": 0}, "beam"),
        ({"growth_probability": 1.5}, "growth_probability"),
        ({"depth_schedule": (5, 3)}, r"\[5, 3\] must ascend"),
    ],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Greedy(**fields)
