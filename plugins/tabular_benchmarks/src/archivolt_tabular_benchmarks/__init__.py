"""Published tables of results for Archivolt: searches without training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt import hookimpl

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.components.evaluator import Evaluator
    from archivolt.components.source import Source

__version__ = "0.1.0"


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    from archivolt_tabular_benchmarks.blocks import block_classes
    from archivolt_tabular_benchmarks.reading import shipped

    forms = {each.form: None for each in shipped().values()}
    # A table and an extract of it share the blocks of a stack.
    return {each.name: each for form in forms for each in block_classes(form)}.values()


@hookimpl
def archivolt_evaluators() -> Iterable[type[Evaluator]]:
    from archivolt_tabular_benchmarks.evaluator import TabularEvaluator

    return [TabularEvaluator]


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    from archivolt_tabular_benchmarks.source import BenchmarkTable

    return [BenchmarkTable]
