from __future__ import annotations

import pytest

from archivolt.testing import EnsemblerConformance
from archivolt_ensembling import Average, GreedySelection, Stacking, Weighted


class TestEnsemblers(EnsemblerConformance):
    @pytest.fixture(
        params=[
            Average(),
            Average(members=2, calibration="temperature"),
            GreedySelection(),
            GreedySelection(bags=5, calibration="temperature"),
            Weighted(),
            Stacking(),
        ],
        ids=["average", "average, calibrated", "greedy", "greedy, bagged", "weighted", "stacking"],
    )
    def ensembler(self, request):
        return request.param
