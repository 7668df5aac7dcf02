from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import toy_space
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import FAILED, FINISHED, Trial
from archivolt_searchers.bits import Genome
from archivolt_searchers.harmonica import Harmonica
from archivolt_searchers.sparse_polynomial import Monomial, Polynomial, recover

SMALL = Harmonica(samples=30, stages=2, degree=2, monomials=3, settings=1)


def cubes(bits, count, seed=0):
    return default_rng(seed).choice([-1.0, 1.0], size=(count, bits))


@pytest.mark.parametrize("maximize", [True, False])
def test_it_reaches_the_best_candidate_in_far_fewer_trials_than_chance(
    trials_needed, random_trials, maximize
):
    assert 3 * trials_needed(Harmonica(), maximize) < random_trials


def score_of(trial):
    """The first two bits of the string must be 1 and 0; the others hardly matter."""
    bits = trial.memo["harmonica"]["bits"]
    return 5.0 * (bits[0] == "1") + 3.0 * (bits[1] == "0") + 0.01 * (bits[5] == "1")


def search(searcher, space, trials, failing=0.0, seed=0):
    history, rng = History(), default_rng(seed)
    for number in range(trials):
        proposal = searcher.propose(history, space, rng)
        trial = Trial(number, proposal.candidate, seed=0, memo=proposal.memo)
        history.record(trial)
        if rng.random() < failing:
            history.record(evolve(trial, state=FAILED, cause="error"))
        else:
            history.record(evolve(trial, state=FINISHED, score=score_of(trial)))
    return history


def test_each_stage_sets_what_matters_and_leaves_the_rest_open(known_space):
    history = search(SMALL, known_space, 80)

    notes = [trial.memo["harmonica"] for trial in history]
    assert [note["stage"] for note in notes] == [0] * 30 + [1] * 30 + [2] * 20
    (first,) = notes[30]["fixed"]
    assert {0, 1} <= set(first["bits"])
    assert {note["bits"][:2] for note in notes[:30]} == {"00", "01", "10", "11"}
    set_to = {note["bits"][:2] for note in notes[30:]}
    assert set_to == {"10"}
    for at in (3, 4, 6, 7):
        if at not in first["bits"]:
            assert {note["bits"][at] for note in notes[30:60]} == {"0", "1"}
    # What a stage has set, later stages do not set again.
    assert not set(notes[-1]["fixed"][0]["bits"]) & set(notes[-1]["fixed"][1]["bits"])


def test_a_stage_waits_for_scores_and_not_for_workers(known_space):
    failing = search(SMALL, known_space, 60, failing=0.4)
    ended = [trial for trial in failing if trial.scored]
    notes = [trial.memo["harmonica"]["stage"] for trial in failing]

    assert notes.count(0) == ended[29].number + 1

    # Forty in workers: they ask for more of the first stage, until thirty have a score.
    history = History()
    for number in range(40):
        proposal = SMALL.propose(history, known_space, default_rng(number))
        history.record(Trial(number, proposal.candidate, seed=0, memo=proposal.memo))
    assert {trial.memo["harmonica"]["stage"] for trial in history} == {0}


def test_a_cube_without_a_new_candidate_is_opened_again():
    space = toy_space(vector(4), depth=(1, 1), searched_recipe=False)  # 9 candidates
    tiny = Harmonica(samples=4, stages=1, degree=1, monomials=3, settings=1)

    history = search_all(tiny, space, 9)

    assert len({trial.candidate for trial in history}) == 9


def search_all(searcher, space, trials):
    history, rng = History(), default_rng(0)
    for number in range(trials):
        proposal = searcher.propose(history, space, rng)
        score = float(len(str(proposal.candidate)))
        history.record(
            Trial(
                number,
                proposal.candidate,
                seed=0,
                state=FINISHED,
                memo=proposal.memo,
                score=score,
            )
        )
    return history


def test_more_bits_than_can_be_looked_through_are_refused():
    with pytest.raises(ValueError, match="monomials 7 times degree 3 is more than 20 bits"):
        Harmonica(monomials=7, degree=3)


# The polynomial


def test_the_products_that_make_up_a_function_are_recovered():
    signs = cubes(20, 120)
    values = 4.0 - 3.0 * signs[:, 2] + 2.0 * signs[:, 5] * signs[:, 11]

    found = recover(signs, values, range(20), degree=3, terms=5, penalty=0.02)

    assert [term.variables for term in found.monomials[:2]] == [(2,), (5, 11)]
    assert [term.coefficient for term in found.monomials[:2]] == pytest.approx([-3, 2], rel=0.1)
    assert found.intercept == pytest.approx(4.0, abs=0.3)
    assert len(found.monomials) <= 5


def test_weights_count_by_their_size_whatever_their_sign():
    signs = cubes(8, 100)
    values = -5.0 * signs[:, 0] + 1.0 * signs[:, 1] - 4.0 * signs[:, 2]

    found = recover(signs, values, range(8), degree=1, terms=2, penalty=0.01)

    assert {term.variables for term in found.monomials} == {(0,), (2,)}


def test_only_free_variables_are_looked_at():
    signs = cubes(8, 100)
    values = 5.0 * signs[:, 0] + signs[:, 3]

    found = recover(signs, values, [1, 2, 3], degree=2, terms=4, penalty=0.1)

    assert 0 not in found.variables


def test_a_function_without_a_difference_has_no_product():
    assert recover(cubes(5, 20), np.full(20, 2.0), range(5), 2, 3, 0.1) == Polynomial((), 2.0)


def test_minimizers_are_the_settings_of_the_smallest_values_in_order():
    polynomial = Polynomial((Monomial((1,), 2.0), Monomial((1, 4), -1.0), Monomial((7,), 0.5)), 3.0)
    points = {
        bits: 3 + 2 * s[0] - s[0] * s[1] + 0.5 * s[2]
        for bits in product((0, 1), repeat=3)
        if (s := [2 * bit - 1 for bit in bits])
    }

    assert polynomial.variables == (1, 4, 7)
    assert polynomial.minimizers(3) == sorted(points, key=points.__getitem__)[:3]


# The bits


def test_every_string_of_bits_is_a_candidate_where_all_blocks_fit(known_space):
    genome = Genome(known_space)
    rng = default_rng(0)

    assert genome.length == 4 * (2 + 1)  # four widths and two activations a block
    read = {genome.read(bits, rng) for bits in product((0, 1), repeat=12)}
    assert len(read) == 4096
    assert None not in read


def test_strings_of_a_mixed_space_reach_all_depths_kinds_and_recipes():
    space = toy_space(depth=(1, 3))
    genome, rng = Genome(space), default_rng(0)

    read = [genome.read(rng.integers(2, size=genome.length), rng) for _ in range(600)]

    found = [candidate for candidate in read if candidate is not None]
    assert len(found) > 400
    for candidate in found:
        space.check(candidate)
    assert {len(space.body(candidate.architecture)) for candidate in found} == {1, 2, 3}
    assert {candidate.recipe.optimizer for candidate in found} == {"sgd", "adam"}
    assert {block.name for candidate in found for block in candidate.architecture} == {
        "toy_convolution", "toy_pooling", "toy_flatten", "toy_dense", "toy_scale",
    }  # fmt: skip
