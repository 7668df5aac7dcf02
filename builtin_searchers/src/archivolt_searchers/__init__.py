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
    from archivolt_searchers.crossover import Crossover
    from archivolt_searchers.field_mutators import ChangeParameter, ChangeRecipe
    from archivolt_searchers.growing_mutators import InsertIdentity, Widen
    from archivolt_searchers.rewire import Rewire
    from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap

    return [
        Insert,
        Replace,
        Delete,
        Swap,
        ChangeParameter,
        ChangeRecipe,
        Rewire,
        Crossover,
        Widen,
        InsertIdentity,
    ]


@hookimpl
def archivolt_searchers() -> Iterable[type[Searcher]]:
    from archivolt_searchers.evolution import Evolution
    from archivolt_searchers.gaussian_process import GaussianProcess
    from archivolt_searchers.greedy import Greedy
    from archivolt_searchers.grid import Grid
    from archivolt_searchers.harmonica import Harmonica
    from archivolt_searchers.linear import Linear
    from archivolt_searchers.local_search import Local
    from archivolt_searchers.nsga2 import Nsga2
    from archivolt_searchers.progressive import Progressive
    from archivolt_searchers.random_search import Random
    from archivolt_searchers.reinforce import Reinforce

    return [
        Random,
        Grid,
        Greedy,
        Local,
        Evolution,
        Nsga2,
        Linear,
        Harmonica,
        GaussianProcess,
        Progressive,
        Reinforce,
    ]


@hookimpl
def archivolt_schedulers() -> Iterable[type[Scheduler]]:
    from archivolt_searchers.depth_scaled import DepthScaled
    from archivolt_searchers.full_schedule import Full
    from archivolt_searchers.hyperband import Hyperband
    from archivolt_searchers.median_stop import MedianStop
    from archivolt_searchers.successive_halving import Asha

    return [Full, Asha, Hyperband, MedianStop, DepthScaled]
