"""Raw rows of a run, read again from where they came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

import archivolt
from archivolt.errors import RunError
from archivolt.values.problem import SPLITS


@pytest.fixture
def run(toy_config: Callable[..., Path], tmp_path: Path) -> Any:
    return archivolt.search(toy_config(budget={"trials": 2}), run=tmp_path / "run")


def test_rows_are_divided_as_they_were_prepared(run: Any) -> None:
    found = {name: run.rows(name) for name in SPLITS}

    prepared = json.loads((run.path / "problem" / "rows.json").read_text())
    assert {name: data.features["x"].tolist() for name, data in found.items()} == prepared
    assert sum(data.rows for data in found.values()) == 100


def test_an_opened_run_divides_them_as_the_search_did(run: Any) -> None:
    again = archivolt.open(run.path)

    for name in SPLITS:
        np.testing.assert_array_equal(run.rows(name).features["x"], again.rows(name).features["x"])


def test_a_split_without_rows_is_none(run: Any) -> None:
    assert run.rows("holdout") is None


def test_other_data_are_told(run: Any) -> None:
    run.config = evolve(run.config, data=evolve(run.config.data, rows=80))

    with pytest.raises(RunError, match="was searched on .* train rows; there are .* now"):
        run.rows("train")
