from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_tabular_benchmarks.table import code, read_table

from .conftest import LINES


def test_the_truth_is_the_mean_over_the_seeds_that_were_run(table):
    assert table.truth == pytest.approx([0.805, 0.85, 0.88, 0.56, 0.59, 0.60])


def test_a_trial_sees_one_seed_that_its_own_seed_draws(table):
    shown = [table.shown(0, seed) for seed in range(200)]

    assert set(shown) == {0.81, 0.80}
    assert 60 < shown.count(0.81) < 140
    assert shown == [table.shown(0, seed) for seed in range(200)]


def test_a_seed_that_was_not_run_is_never_shown(table):
    assert {table.shown(2, seed) for seed in range(50)} == {0.88}


def test_what_a_trial_did_not_see_is_the_other_seeds(table):
    for seed in range(20):
        assert table.shown(0, seed) + table.unseen(0, seed) == pytest.approx(1.61)
    assert table.unseen(2, 0) is None


def test_shorter_trainings_are_shown_where_the_table_has_them(table):
    assert table.shown(0, 0, 4) == 0.40
    with pytest.raises(DataError, match="results after 4 and 9 epochs, and not after 5"):
        table.shown(0, 0, 5)


def test_a_promoted_trial_keeps_its_seed(specify):
    two = read_table(specify(fidelities={4: ["run_1", "run_2"]}), None)

    for seed in range(20):
        assert two.shown(0, seed, 4) == two.shown(0, seed, 9)


def test_costs_come_in_the_units_of_a_search(table):
    assert table.costs["parameters"].tolist() == [10000, 20000, 40000, 1000, 2000, 4000]


def test_the_best_rows_reach_their_quantile(table):
    threshold = table.quantile(0.8)

    assert [table.reaches(each, threshold) for each in table.truth] == [
        False, True, True, False, False, False,
    ]  # fmt: skip


def test_where_less_is_better_the_best_rows_are_the_smallest(specify):
    errors = read_table(specify(maximize=False), None)

    assert errors.reaches(0.56, errors.quantile(0.999))
    assert not errors.reaches(0.59, errors.quantile(0.999))


def test_the_true_score_of_errors_is_that_of_the_mean_error(specify):
    read = read_table(specify(LINES, transformation="negative_log10"), None)

    assert read.truth[0] == pytest.approx(-np.log10(0.805))
    assert read.shown(2, 0) == pytest.approx(-np.log10(0.88))


def test_combinations_are_numbered_like_the_places_of_an_array():
    sizes = (3, 2, 5)

    assert [code(each, sizes) for each in np.ndindex(sizes)] == list(range(30))
