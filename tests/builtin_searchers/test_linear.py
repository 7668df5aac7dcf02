from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import (
    ToyConvolution,
    ToyDense,
    ToyFlatten,
    ToyPooling,
    ToyScale,
    toy_space,
)
from archivolt.values.candidate import Candidate
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, Trial
from archivolt_searchers.evidence import gather
from archivolt_searchers.linear import Linear, usual
from archivolt_searchers.positions import Positions, matrix_of


@pytest.mark.parametrize("alignment", ["base", "head"])
@pytest.mark.parametrize("maximize", [True, False])
def test_it_reaches_the_best_candidate_in_far_fewer_trials_than_chance(
    trials_needed, random_trials, alignment, maximize
):
    assert 10 * trials_needed(Linear(alignment=alignment), maximize) < random_trials


def scored(space, score_of, count, seed=0):
    history, rng = History(), default_rng(seed)
    while len(history) < count:
        candidate = space.sample(rng)
        if not history.holds(candidate):
            number, score = len(history), score_of(candidate)
            history.record(Trial(number, candidate, seed=0, state=FINISHED, score=score))
    return history


def test_it_draws_at_random_until_there_are_trials_enough(known_space):
    history = scored(known_space, lambda _: 1.0, 9)

    drawn = {Linear().propose(history, known_space, default_rng(s)).candidate for s in range(9)}
    assert len(drawn) == 9


def test_how_deep_a_network_is_best_is_learnt_too():
    space = toy_space(vector(8), depth=(1, 5), searched_recipe=False)
    history = scored(space, lambda candidate: -abs(3 - len(candidate.architecture)), 60)

    for alignment in ("base", "head"):
        searcher = Linear(alignment=alignment, growth_probability=0.0)
        liked = searcher.propose(history, space, default_rng(0)).candidate
        assert len(liked.architecture) == 3


def test_what_was_tried_is_changed_by_a_mutator_and_names_it_as_its_parent(known_space):
    history = scored(known_space, lambda candidate: candidate.architecture[0].units / 64, 40)
    searcher = Linear(growth_probability=0.0, remove_outliers=False)
    for _ in range(30):
        proposal = searcher.propose(history, known_space, default_rng(0))
        if proposal.parent is not None:
            break
        candidate = proposal.candidate
        history.record(Trial(len(history), candidate, seed=0, state=FINISHED, score=1.0))
    assert proposal.mutator in {mutator.name for mutator, _ in known_space.mutators}
    assert history[proposal.parent].candidate.architecture[0].units == 64


def test_where_the_limits_forbid_what_it_likes_it_changes_one_of_the_best():
    space = toy_space(
        vector(8), depth=(1, 3), limits=Limits(parameters=1500), searched_recipe=False
    )
    history = scored(space, lambda c: sum(getattr(b, "units", 0) for b in c.architecture), 50)

    proposals = [Linear().propose(history, space, default_rng(seed)) for seed in range(10)]

    best = {trial.number for trial in history.best(5)}
    assert {proposal.parent for proposal in proposals} <= best
    assert all(proposal.candidate in space for proposal in proposals)


def test_the_worst_tenth_and_what_is_far_beyond_the_median_are_outliers():
    costs = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 100.0])
    assert list(usual(costs)) == [True] * 9 + [False]
    far = np.array([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 8.0, 9.0, 10.0, 11.0])
    assert list(usual(far)) == [True] * 6 + [False] * 4
    # Costs need no zero to be compared with: the same ones lower by 50 are no different.
    assert list(usual(far - 50)) == list(usual(far))
    assert list(usual(np.full(10, 3.0))) == [True] * 10


def test_of_many_trials_the_best_and_the_newest_are_fitted(known_space):
    history = scored(known_space, lambda c: float(c.architecture[0].units), 30)

    chosen = gather(history, 10, failed=False).ended

    numbers = [trial.number for trial in chosen]
    assert numbers == sorted(numbers)
    assert len(numbers) == 10
    assert {trial.number for trial in history.best(5)} <= set(numbers)
    assert {29, 28, 27} <= set(numbers)
    assert gather(history, 30, failed=False).ended == tuple(history)


def test_a_score_that_is_no_number_is_left_out(known_space):
    history = scored(known_space, lambda c: float(c.architecture[0].units), 40)
    history.record(evolve(history[3], score=float("nan")))

    searcher = Linear(growth_probability=0.0)
    assert (
        searcher.propose(history, known_space, default_rng(0)).candidate.architecture[0].units == 64
    )


# The rows


def test_a_row_has_a_column_for_each_block_field_and_empty_place():
    space = toy_space(vector(4), depth=(1, 3), searched_recipe=False)
    base, head = Positions(space, "base"), Positions(space, "head")
    one, two = Candidate((ToyDense(8),)), Candidate((ToyDense(8), ToyScale()))

    assert len(base.row(one)) == 1 + 2 + 2  # the block, its two fields, two empty places
    assert len(base.row(two)) == 1 + 2 + 1 + 1
    # Aligned at the base, both have the same block first; at the head, in other places.
    assert len(set(base.row(one)) & set(base.row(two))) == 4
    assert len(set(head.row(one)) & set(head.row(two))) == 1


def test_rows_are_written_out_as_zeros_and_ones():
    assert matrix_of([(0, 2), (1,)], 4).toarray().tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]


def test_the_candidate_of_the_smallest_sum_is_found_among_all():
    # On pictures, so that blocks must stand in an order; by brute force over the whole space.
    space = toy_space(image(8, 8, 3), depth=(1, 3), searched_recipe=False)
    blocks = [
        *(ToyConvolution(*each) for each in product((8, 16, 32), (1, 3, 5))),
        ToyPooling(),
        *(ToyDense(*each) for each in product((8, 16, 32, 64), ("relu", "tanh"))),
        ToyScale(),
    ]
    on_images = blocks[:10]
    for alignment in ("base", "head"):
        positions = Positions(space, alignment)
        weights = default_rng(1).standard_normal(positions.width)

        def total(candidate, positions=positions, weights=weights):
            return sum(weights[list(positions.row(candidate))])

        def candidates():
            for depth in (1, 2, 3):
                for body in product(blocks, repeat=depth):
                    if sorted(body, key=lambda each: each not in on_images) == list(body):
                        for mean in (False, True):
                            yield Candidate(space.assemble(body, like=(ToyFlatten(mean),)))

        found = positions.best(weights, default_rng(0))

        assert total(found) == pytest.approx(min(map(total, candidates())))
