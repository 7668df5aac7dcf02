from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.values.history import History
from archivolt.values.trial import FAILED, FINISHED, RUNNING, Trial
from archivolt_searchers.crossover import Crossover
from archivolt_searchers.evolution import Evolution


def history_of(space, scores, state=FINISHED):
    rng = default_rng(3)
    history = History()
    while len(history) < len(scores):
        candidate = space.sample(rng)
        if not history.holds(candidate):
            number = len(history)
            score = scores[number]
            history.record(Trial(number, candidate, seed=0, state=state, score=score))
    return history


def proposals(searcher, history, space, count=60):
    return [searcher.propose(history, space, default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("maximize", [True, False])
def test_it_reaches_the_best_candidate_in_far_fewer_trials_than_chance(
    trials_needed, random_trials, maximize
):
    assert 4 * trials_needed(Evolution(), maximize) < random_trials


def test_the_published_setting_works_too(trials_needed, random_trials):
    published = Evolution(population=100, sample=25, repeats=True)

    assert 3 * trials_needed(published) < random_trials


def test_with_crossover_it_reaches_the_best_candidate_too(trials_needed, random_trials):
    assert 4 * trials_needed(Evolution(crossover=0.5)) < random_trials


def test_the_first_population_is_drawn_at_random(known_space):
    history = history_of(known_space, [1.0] * 9)

    made = proposals(Evolution(population=10, sample=3), history, known_space)

    assert {proposal.parent for proposal in made} == {None}


def test_the_oldest_leaves_the_population_however_good_it_is(known_space):
    history = history_of(known_space, [9.0, 8.0, *(n / 100 for n in range(10))])

    made = proposals(Evolution(population=10, sample=10), history, known_space)

    assert {proposal.parent for proposal in made} <= set(range(2, 12))


def test_the_parent_is_the_best_of_a_sample_drawn_from_the_population(known_space):
    history = history_of(known_space, [n / 100 for n in range(20)])

    all_of_it = proposals(Evolution(population=20, sample=400), history, known_space)
    one = proposals(Evolution(population=20, sample=1), history, known_space, 200)

    assert {proposal.parent for proposal in all_of_it} == {19}
    assert len({proposal.parent for proposal in one}) > 15


def test_only_trials_with_a_score_belong_to_the_population(known_space):
    history = history_of(known_space, [n / 100 for n in range(20)])
    history.record(evolve(history[18], state=RUNNING, score=None))
    history.record(evolve(history[19], state=FAILED, cause="error"))

    made = proposals(Evolution(population=4, sample=1), history, known_space, 200)

    assert {proposal.parent for proposal in made} == {14, 15, 16, 17}


def test_repeats_are_refused_unless_they_are_asked_for(known_space):
    small = evolve(known_space, depth=(1, 1))  # 8 candidates
    history = history_of(small, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])

    new = proposals(Evolution(population=5, sample=2), history, small)
    repeated = proposals(Evolution(population=5, sample=2, repeats=True), history, small)

    assert not any(history.holds(proposal.candidate) for proposal in new)
    assert any(history.holds(proposal.candidate) for proposal in repeated)


def test_crossover_takes_both_parents_from_the_population(known_space):
    history = history_of(known_space, [n / 100 for n in range(20)])
    searcher = Evolution(population=6, sample=1, crossover=1.0)
    population = [trial.candidate for trial in history[14:]]

    made = proposals(searcher, history, known_space)

    assert sum(proposal.mutator == "crossover" for proposal in made) > 40
    for proposal in made:
        if proposal.mutator != "crossover":
            continue
        for at, block in enumerate(proposal.candidate.architecture):
            assert block.units in {each.architecture[at].units for each in population}


def test_a_mutator_that_crosses_takes_part_by_its_weight(known_space):
    history = history_of(known_space, [n / 100 for n in range(20)])
    crossing = evolve(known_space, mutators=((Crossover(), 1.0),))

    made = proposals(Evolution(population=20, sample=2), history, crossing)

    assert {proposal.mutator for proposal in made} == {"crossover"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"population": 0}, "population"), ({"sample": 0}, "sample"), ({"crossover": 2}, "crossover")],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Evolution(**fields)
