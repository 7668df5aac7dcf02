"""The kit for authors of plugins: a test class for each kind of component.

A test module that says `archivolt_pack = "acme_blocks"` tests everything that a pack registers.
For other settings than the defaults, subclass a conformance class and override its fixtures:
every promise of the base class becomes a test of your component. The kit is a plugin of pytest and
needs it; the kits for blocks, sources, augmentations and measurements need Keras and
TensorFlow too.
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
    "SequenceBlockConformance": "archivolt.testing.sequence_blocks",
    "SourceConformance": "archivolt.testing.sources",
    "TransferConformance": "archivolt.testing.transfers",
    "conformance_of": "archivolt.testing.packs",
    "plugin_registry": "archivolt.testing.tiny_runs",
    "tiny_problem": "archivolt.testing.tiny_problems",
    "tiny_run": "archivolt.testing.tiny_runs",
    "toy_pool": "archivolt.testing.toy_pools",
}
HOMES = tuple(dict.fromkeys(_HOMES.values()))

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
