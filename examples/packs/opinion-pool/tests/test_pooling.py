from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from opinion_pool.pooling import OpinionPool

from archivolt.testing import toy_pool


@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_it_is_the_normalised_geometric_mean(task):
    pool = toy_pool(task, noises=(1.0, 2.0, 3.0))

    ensemble = OpinionPool(members=3).combine(pool, default_rng(0))

    exact = pool.predictions.astype(float)
    product = exact.prod(axis=0) ** (1 / 3)
    other = (1 - exact).prod(axis=0) ** (1 / 3)
    whole = product + other if task == "binary" else product.sum(axis=-1, keepdims=True)
    found = ensemble.predict(pool.task, pool.predictions)
    np.testing.assert_allclose(found, product / whole, atol=1e-4)


def test_values_are_averaged():
    pool = toy_pool("regression", noises=(1.0, 2.0))

    ensemble = OpinionPool().combine(pool, default_rng(0))

    found = ensemble.predict(pool.task, pool.predictions)
    np.testing.assert_allclose(found, pool.predictions.mean(axis=0), atol=1e-5)


def test_a_run_delivers_it(tiny_run):
    run = tiny_run("opinion_pool", ensembler="opinion_pool", trials=6)

    assert run.combine().ensemble.members
