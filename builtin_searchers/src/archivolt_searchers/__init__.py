"""Search strategies, mutators and schedulers for Archivolt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt import hookimpl

if TYPE_CHECKING:
    from archivolt.components.strategies import Mutator, Scheduler, Searcher

__version__ = "0.1.0"


@hookimpl
def archivolt_mutators() -> Iterable[type[Mutator]]:
    from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
    from archivolt_searchers.growing_mutators import InsertIdentity, Widen
    from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap

    return [Insert, Replace, Delete, Swap, ChangeParameter, ChangeRecipe, Widen, InsertIdentity]


@hookimpl
def archivolt_searchers() -> Iterable[type[Searcher]]:
    from archivolt_searchers.greedy import Greedy
    from archivolt_searchers.random_search import Random

    return [Random, Greedy]


@hookimpl
def archivolt_schedulers() -> Iterable[type[Scheduler]]:
    from archivolt_searchers.full_schedule import Full

    return [Full]
