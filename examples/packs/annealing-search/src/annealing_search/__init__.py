"""Simulated annealing as a searcher of Archivolt."""

from __future__ import annotations

from collections.abc import Iterable

from annealing_search.annealing import Annealing
from archivolt import Searcher, hookimpl


@hookimpl
def archivolt_searchers() -> Iterable[type[Searcher]]:
    return [Annealing]
