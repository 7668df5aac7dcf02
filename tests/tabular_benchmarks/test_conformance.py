from __future__ import annotations

import pytest

from archivolt import hookimpl
from archivolt.plugins.registry import load_plugins
from archivolt.testing import EvaluatorConformance, SourceConformance
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector
from archivolt.values.problem import Metric, Problem, Task
from archivolt.values.recipe import Recipe
from archivolt_tabular_benchmarks.blocks import block_classes
from archivolt_tabular_benchmarks.evaluator import TabularEvaluator
from archivolt_tabular_benchmarks.source import BenchmarkTable


class TestTabular(EvaluatorConformance):
    @pytest.fixture
    def evaluator(self):
        return TabularEvaluator()

    @pytest.fixture
    def block(self, specify):
        (block,) = block_classes(specify().form)
        return block

    @pytest.fixture
    def problem(self, specify, tmp_path):
        specify()
        source = BenchmarkTable(table="toy", specification=tmp_path / "toy.yaml")
        folder = tmp_path / "problem"
        folder.mkdir()
        posed = Problem(Task("regression"), Metric("rmse", False), vector(0))
        return TabularEvaluator().prepare(source.read(), source, posed, {}, folder)

    @pytest.fixture
    def candidate(self, block):
        return Candidate((block("convolution", 32),), Recipe(epochs=9))  # as many as the table has

    @pytest.fixture
    def registry(self, block):
        class Plugin:
            @hookimpl
            def archivolt_blocks(self):
                return [block]

        return load_plugins(allow=(), extra=[("toy_table", Plugin())], warn=False)


class TestBenchmarkTable(SourceConformance):
    predicts = False

    @pytest.fixture
    def source(self, specify, tmp_path):
        specify()
        return BenchmarkTable(table="toy", specification=tmp_path / "toy.yaml")
