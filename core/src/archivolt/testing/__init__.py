"""The kit for authors of plugins: a test class for each kind of component.

Subclass one in a test module, override its fixtures, and every promise of the base class becomes
a test of your component. Needs pytest; the kits for blocks, sources, augmentations and
measurements need Keras and TensorFlow too.
"""

from __future__ import annotations

from importlib import import_module

# Loaded on first use: whoever tests a searcher has no need of the blocks' frameworks.
_HOMES = {
    "AugmentationConformance": "archivolt.testing.augmentations",
    "BlockConformance": "archivolt.testing.blocks",
    "EnsemblerConformance": "archivolt.testing.ensemblers",
    "EvaluatorConformance": "archivolt.testing.evaluators",
    "ExecutorConformance": "archivolt.testing.executors",
    "MeasurementConformance": "archivolt.testing.measurements",
    "MutatorConformance": "archivolt.testing.mutators",
    "SchedulerConformance": "archivolt.testing.schedulers",
    "SearcherConformance": "archivolt.testing.searchers",
    "SequenceBlockConformance": "archivolt.testing.blocks",
    "SourceConformance": "archivolt.testing.sources",
    "toy_pool": "archivolt.testing.toy_pools",
    "TransferConformance": "archivolt.testing.transfers",
    "toy_space": "archivolt.testing.toy_space",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
