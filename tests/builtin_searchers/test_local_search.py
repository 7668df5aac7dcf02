from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, PENDING, Trial
from archivolt_searchers.field_mutators import ChangeParameter
from archivolt_searchers.local_search import Local


@pytest.fixture
def ring():
    """One block of 8 settings, each a change of one field away from 4 others."""
    space = toy_space(vector(4), depth=(1, 1), searched_recipe=False)
    return evolve(space, blocks=(BlockChoice(ToyDense),), mutators=((ChangeParameter(), 1.0),))


def tell(history, proposal, score):
    history.record(
        Trial(
            len(history),
            proposal.candidate,
            seed=0,
            state=PENDING if score is None else FINISHED,
            parent=proposal.parent,
            mutator=proposal.mutator,
            memo=proposal.memo,
            score=score,
        )
    )


def width(candidate):
    return float(candidate.architecture[0].units)


@pytest.mark.parametrize("maximize", [True, False])
def test_it_reaches_the_best_candidate_in_far_fewer_trials_than_chance(
    trials_needed, random_trials, maximize
):
    assert 5 * trials_needed(Local(), maximize) < random_trials


def test_neighbours_of_the_best_are_tried_until_one_is_better(known_space):
    rng, history = default_rng(0), History()
    for _ in range(18):
        proposal = Local(starts=5).propose(history, known_space, rng)
        if len(history) < 5:
            assert proposal.parent is None
        else:
            assert proposal.parent == history.best(1)[0].number
            parent = history[proposal.parent].candidate
            assert proposal.candidate != parent
        tell(history, proposal, float(rng.random()))


def test_where_no_neighbour_is_better_it_begins_anew(ring):
    history, rng = History(), default_rng(0)
    best = Candidate((ToyDense(64, "relu"),))
    history.record(Trial(0, best, seed=0, state=FINISHED, score=9.0, memo={"climb": [0, None]}))
    searcher = Local(starts=1)
    for _ in range(4):  # three other widths, and the other activation
        proposal = searcher.propose(history, ring, rng)
        assert proposal.parent == 0
        tell(history, proposal, 1.0)

    anew = searcher.propose(history, ring, rng)

    assert anew.parent is None
    assert anew.memo == {"climb": [5, 0]}
    tell(history, anew, 0.5)
    assert searcher.propose(history, ring, rng).parent == 5  # better ones lie before this climb


def test_patience_ends_a_climb_before_its_neighbours_do(known_space):
    history, rng = History(), default_rng(0)
    searcher = Local(starts=3, patience=4)
    for number in range(12):
        proposal = searcher.propose(history, known_space, rng)
        tell(history, proposal, 1.0 if number == 0 else 0.0)

    assert [trial.parent for trial in history] == [None] * 3 + [0] * 4 + [None] * 3 + [7] * 2


def test_a_neighbour_that_ends_late_and_better_takes_the_search_back(ring):
    history, rng = History(), default_rng(0)
    first = Candidate((ToyDense(8, "relu"),))
    history.record(Trial(0, first, seed=0, state=FINISHED, score=1.0, memo={"climb": [0, None]}))
    searcher = Local(starts=1)
    for _ in range(4):
        tell(history, searcher.propose(history, ring, rng), None)  # in workers
    anew = searcher.propose(history, ring, rng)
    assert anew.memo == {"climb": [5, 0]}
    tell(history, anew, 0.5)

    history.record(evolve(history[2], state=FINISHED, score=5.0))

    back = searcher.propose(history, ring, rng)
    assert back.parent == 2
    assert back.memo == {"climb": [0, None]}


def test_it_climbs_from_what_came_before_it(known_space):
    history, rng = History(), default_rng(0)
    for number in range(20):  # of another searcher: without a memo
        candidate = known_space.sample(rng)
        history.record(Trial(number, candidate, seed=0, state=FINISHED, score=width(candidate)))

    assert Local().propose(history, known_space, rng).parent == history.best(1)[0].number
