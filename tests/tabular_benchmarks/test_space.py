"""Searchers and mutators work on a table as on any space."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt_tabular_benchmarks.blocks import indices_of
from archivolt_tabular_benchmarks.reading import shipped
from archivolt_tabular_benchmarks.space import mutator_of, space_of
from archivolt_tabular_benchmarks.table import read_table


@pytest.fixture(params=["macro_extract", "nb201_extract"])
def extract(request):
    return read_table(shipped()[request.param], None)


@pytest.fixture
def spelled(arrays):
    row_of = np.array([[0, 1, 1], [1, 2, -1]])
    keys = {
        "indices": None,
        "row_of": "spelled",
        "invalid": [{"operation": "pooling", "width": 64}],
    }
    return read_table(arrays(keys, spelled=row_of, score=np.array([0.1, 0.2, 0.3])), None)


def test_every_row_is_drawn_as_often(table):
    space, rng = space_of(table), default_rng(0)

    counts = Counter(indices_of(space.sample(rng).architecture, table.form) for _ in range(6000))

    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values())


def test_every_candidate_has_a_row(extract):
    space, rng = space_of(extract), default_rng(0)

    for _ in range(50):
        candidate = space.sample(rng)
        space.check(candidate)
        assert 0 <= extract.row(indices_of(candidate.architecture, extract.form)) < extract.rows


def test_spellings_of_one_architecture_are_one_candidate_and_invalid_ones_none(spelled):
    space, rng = space_of(spelled), default_rng(0)

    drawn = {space.sample(rng).fingerprint for _ in range(200)}

    assert len(drawn) == 3


def test_the_mutators_of_the_searchers_pack_work_on_a_table_as_they_are(extract):
    pack = pytest.importorskip("archivolt_searchers")
    mutators = {each.name: each() for each in pack.archivolt_mutators()}
    space, rng = space_of(extract, [(each, 1.0) for each in mutators.values()]), default_rng(0)
    parent = space.sample(rng)

    for mutator in mutators.values():
        child = mutator.mutate(parent, space, rng)
        if child is not None:
            space.check(child)

    only = evolve(space, mutators=((mutators[mutator_of(extract.form.layout)], 1.0),))
    before = indices_of(parent.architecture, extract.form)
    for _ in range(20):
        after = indices_of(only.mutate(parent, rng).candidate.architecture, extract.form)
        assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_a_mutation_from_one_spelling_to_another_is_none(spelled):
    pack = pytest.importorskip("archivolt_searchers")
    (change,) = [each() for each in pack.archivolt_mutators() if each.name == "change_parameter"]
    space, rng = space_of(spelled, [(change, 1.0)]), default_rng(0)

    for _ in range(100):
        parent = space.sample(rng)
        assert space.mutate(parent, rng).candidate != parent
