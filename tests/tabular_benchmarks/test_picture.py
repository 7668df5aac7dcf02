from __future__ import annotations

import sys

import numpy as np
import pytest

from archivolt.errors import SearchError
from archivolt_tabular_benchmarks.measuring import Measured, Protocol, Search
from archivolt_tabular_benchmarks.picture import best_so_far, draw

SEARCH = Search(0, 9, (7,), ((1, 0.2), (4, 0.5), (7, 0.9)), 0.1)


def test_a_curve_holds_the_best_so_far_and_goes_on_level():
    curve = best_so_far(SEARCH, np.array([1, 2, 3, 4, 6, 7, 100]))

    assert curve.tolist() == [0.2, 0.2, 0.2, 0.5, 0.5, 0.9, 0.9]


def test_a_picture_is_drawn(table, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.png"
    results = [Measured("random", {}, (SEARCH,)), Measured("broken", {}, failure="no such luck")]

    draw(table, Protocol("toy"), results, path)

    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_is_told_how_to_get_it(table, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(SearchError, match=r"archivolt-tabular-benchmarks\[picture\]"):
        draw(table, Protocol("toy"), [], tmp_path / "curves.png")
