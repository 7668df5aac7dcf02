"""Ensembles for Archivolt: averages, greedy selection, stacking."""

from __future__ import annotations

from collections.abc import Iterable

from archivolt.components.ensembler import Ensembler
from archivolt.hookspecs import hookimpl
from archivolt_ensembling.average import Average
from archivolt_ensembling.greedy_selection import GreedySelection
from archivolt_ensembling.stacking import Stacking
from archivolt_ensembling.weighted import Weighted

__all__ = ["Average", "GreedySelection", "Stacking", "Weighted"]


@hookimpl
def archivolt_ensemblers() -> Iterable[type[Ensembler]]:
    return [Average, GreedySelection, Stacking, Weighted]
