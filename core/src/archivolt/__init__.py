"""Archivolt: neural architecture search from blocks, every part of it a plugin."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archivolt.components.augmentation import Augmentation as Augmentation
    from archivolt.components.block import Block as Block
    from archivolt.components.columns import Columns as Columns
    from archivolt.components.ensembler import Ensembler as Ensembler
    from archivolt.components.ensembler import Pool as Pool
    from archivolt.components.evaluator import Evaluator as Evaluator
    from archivolt.components.evaluator import Result as Result
    from archivolt.components.executor import Executor as Executor
    from archivolt.components.measurement import Measurement as Measurement
    from archivolt.components.measurement import TrainedNetwork as TrainedNetwork
    from archivolt.components.preset import Preset as Preset
    from archivolt.components.source import Source as Source
    from archivolt.components.strategies import Mutator as Mutator
    from archivolt.components.strategies import Proposal as Proposal
    from archivolt.components.strategies import Scheduler as Scheduler
    from archivolt.components.strategies import Searcher as Searcher
    from archivolt.components.transfer import Transfer as Transfer
    from archivolt.deprecation import deprecated as deprecated
    from archivolt.errors import ArchivoltError as ArchivoltError
    from archivolt.hookspecs import hookimpl as hookimpl
    from archivolt.plugins.registry import Registry as Registry
    from archivolt.plugins.registry import load_plugins as load_plugins
    from archivolt.search.api import open as open
    from archivolt.search.api import search as search
    from archivolt.search.study import Study as Study
    from archivolt.values.candidate import Candidate as Candidate
    from archivolt.values.choice import BlockChoice as BlockChoice
    from archivolt.values.ensemble import Ensemble as Ensemble
    from archivolt.values.features import Features as Features
    from archivolt.values.features import columns as columns
    from archivolt.values.features import image as image
    from archivolt.values.features import sequence as sequence
    from archivolt.values.features import vector as vector
    from archivolt.values.footprint import Footprint as Footprint
    from archivolt.values.recipe import Recipe as Recipe
    from archivolt.values.space import SearchSpace as SearchSpace
    from archivolt.values.tunable import tunable as tunable

__version__ = "0.1.0"

# Loaded on first use: `import archivolt` costs nothing that is not asked for.
_HOMES = {
    "ArchivoltError": "archivolt.errors",
    "Augmentation": "archivolt.components.augmentation",
    "Block": "archivolt.components.block",
    "BlockChoice": "archivolt.values.choice",
    "Candidate": "archivolt.values.candidate",
    "Columns": "archivolt.components.columns",
    "Ensemble": "archivolt.values.ensemble",
    "Ensembler": "archivolt.components.ensembler",
    "Evaluator": "archivolt.components.evaluator",
    "Executor": "archivolt.components.executor",
    "Features": "archivolt.values.features",
    "Footprint": "archivolt.values.footprint",
    "Measurement": "archivolt.components.measurement",
    "Mutator": "archivolt.components.strategies",
    "Pool": "archivolt.components.ensembler",
    "Preset": "archivolt.components.preset",
    "Proposal": "archivolt.components.strategies",
    "Recipe": "archivolt.values.recipe",
    "Registry": "archivolt.plugins.registry",
    "Result": "archivolt.components.evaluator",
    "Scheduler": "archivolt.components.strategies",
    "SearchSpace": "archivolt.values.space",
    "Searcher": "archivolt.components.strategies",
    "Source": "archivolt.components.source",
    "Study": "archivolt.search.study",
    "TrainedNetwork": "archivolt.components.measurement",
    "Transfer": "archivolt.components.transfer",
    "columns": "archivolt.values.features",
    "deprecated": "archivolt.deprecation",
    "hookimpl": "archivolt.hookspecs",
    "image": "archivolt.values.features",
    "load_plugins": "archivolt.plugins.registry",
    "open": "archivolt.search.api",
    "search": "archivolt.search.api",
    "sequence": "archivolt.values.features",
    "tunable": "archivolt.values.tunable",
    "vector": "archivolt.values.features",
}

__all__ = list(_HOMES)

# `archivolt.search` is a function, and the package of the same name holds its parts. Loading a
# package sets its name here, once: it is loaded now (it is empty), and the name is free again.
import_module("archivolt.search")
del globals()["search"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'archivolt' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
