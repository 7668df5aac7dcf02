from __future__ import annotations

import numpy as np
import pytest

from archivolt.testing import tiny_problem
from archivolt.values.features import KINDS

SHAPES = {"vector": (6,), "sequence": (12, 3), "image": (12, 10, 3)}


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_of_each_kind(kind):
    problem = tiny_problem(kind, rows=30, classes=3)

    assert problem.rows == 30
    assert set(problem.y) == {"class 0", "class 1", "class 2"}
    if kind == "columns":
        assert {len(column) for column in problem.x.values()} == {30}
    else:
        assert problem.x.shape == (30, *SHAPES[kind])
        assert problem.x.dtype == np.float32


def test_one_seed_gives_the_same_rows():
    once, again, other = (tiny_problem(seed=seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(once.x, again.x)
    assert not np.array_equal(once.x, other.x)


def test_without_classes_it_is_a_regression():
    assert tiny_problem(classes=0).y.dtype == float


@pytest.mark.parametrize("kind", SHAPES)
def test_the_features_tell_the_label(kind):
    # The classes lie further apart than their examples scatter; tones, by their spectra.
    problem = tiny_problem(kind, rows=200)
    x = problem.x if kind != "sequence" else np.abs(np.fft.rfft(problem.x[..., 0]))
    x = x.reshape(200, -1)
    first = problem.y == "class 0"
    between = np.linalg.norm(x[first].mean(axis=0) - x[~first].mean(axis=0))
    spread = x[first].std(axis=0).mean()

    assert between > spread


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'image'"):
        tiny_problem("imag")
