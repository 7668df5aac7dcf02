from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from archivolt.testing import SourceConformance
from archivolt_tables import FrameSource, TableSource


def people(rows: int, seed: int) -> pd.DataFrame:
    """Columns of every role, with gaps; "thatcher" is rare."""
    rng = np.random.default_rng(seed)
    born = pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 20000, rows), unit="D")
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows).astype(float),
            "gain": rng.lognormal(size=rows),
            "job": rng.choice(["clerk", "cook", "smith"], rows),
            "born": born,
            "constant": np.ones(rows),
            "income": rng.choice(["low", "high"], rows),
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[::5, "job"] = None
    frame.loc[rows - 1, "job"] = "thatcher"
    return frame


class TestTable(SourceConformance):
    @pytest.fixture
    def source(self, tmp_path):
        path = tmp_path / "people.csv"
        people(60, 0).to_csv(path, index=False)
        return TableSource(path=path, target="income")

    @pytest.fixture
    def further(self, tmp_path):
        path = tmp_path / "new.csv"
        people(9, 1).drop(columns="income").to_csv(path, index=False)
        return path


class TestFrame(SourceConformance):
    @pytest.fixture
    def source(self):
        return FrameSource.from_memory(people(60, 0), "income")

    @pytest.fixture
    def further(self):
        return people(9, 1).drop(columns="income")
