"""Tiny runs: a whole search in a moment, with the plugins that it is given and no others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

from archivolt.components.source import Source
from archivolt.errors import DataError, PackError
from archivolt.plugins.discovery import CORE, GROUP
from archivolt.plugins.registry import Registry, load_plugins
from archivolt.search.api import start
from archivolt.search.run import Run
from archivolt.testing.tiny_problems import TinyProblem

OURS = "archivolt-"


def plugin_registry(*plugins: str | object, installed: Sequence[str] = ()) -> Registry:
    """Load these plugins and no others.

    Args:
        plugins: Modules by name, as an entry point has them (`acme_blocks`, `acme.pack:plugin`);
            or modules and objects themselves.
        installed: Installed plugins beside them, by entry point or distribution.

    Raises:
        PackError: something of them failed.
    """
    registry = load_plugins(allow=installed, extra=[loaded(each) for each in plugins], warn=False)
    for failure in registry.failures:
        raise PackError(str(failure.origin), f"{failure.step}: {failure.cause}")
    return registry


def tiny_run(
    folder: Path,
    *plugins: str | object,
    problem: TinyProblem | None = None,
    trials: int = 6,
    **sections: Any,
) -> Run:
    """Search, quietly and in this process.

    Args:
        folder: Of the run; it must not exist.
        plugins: Those that are tested, see `plugin_registry`.
        problem: What the networks are trained on, by `archivolt-keras`, for one epoch. None:
            nothing is trained, a toy evaluator scores toy blocks, and no framework is needed.
        trials: How many.
        sections: Of the configuration, `searcher="acme:annealing"`, `space={"blocks": [...]}`.

    Raises:
        ArchivoltError: a plugin is broken, or something cannot be searched.
    """
    document = {
        "seed": 0,
        "executor": "inline",
        "budget": {"trials": trials},
        **(_on_toys() if problem is None else _on_keras()),
        **sections,
    }
    if problem is None:
        registry = plugin_registry("archivolt.testing.toy_pack", *plugins, installed=[CORE])
        document["data"] = {"source": "toy_rows"}
        run = start(None, run=folder, config=document, registry=registry)
    else:
        registry = plugin_registry(*plugins, installed=[*_installed_packs()])
        run = start(_source(problem, registry), run=folder, config=document, registry=registry)
    return run.resume(trials=trials)


def _on_toys() -> dict[str, Any]:
    return {
        "space": {
            "blocks": ["toy_dense", "toy_scale"],
            "depth": [1, 4],
            "recipe": {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}},
        },
        "searcher": "toy_random",
        "mutators": {"toy_append": 1, "toy_replace": 1},
        "scheduler": "toy_full",
        "evaluator": "toy_trainer",
    }


def _on_keras() -> dict[str, Any]:
    return {"evaluator": "keras", "searcher": "random", "scheduler": "full"}


def _source(problem: TinyProblem, registry: Registry) -> Source:
    x: Any = problem.x
    if isinstance(x, dict):
        from pandas import DataFrame

        x = DataFrame(x)
    for each in registry.of_kind("source"):
        assert issubclass(each.component, Source)
        source = each.component.from_memory(x, problem.y)
        if source is not None:
            return source
    raise DataError(
        f"no installed pack reads examples of the kind {problem.kind!r} from memory.",
        hint="Install archivolt-keras (for columns, archivolt-tables) beside what you test.",
    )


def _installed_packs() -> Iterator[str]:
    """Name the installed packs that come with Archivolt: those of strangers stay out."""
    for each in distributions():
        name = each.metadata["Name"] or ""
        if name.startswith(OURS) and any(point.group == GROUP for point in each.entry_points):
            yield name


def loaded(plugin: str | object) -> tuple[str, object]:
    """Import a plugin by its module; return it with the name that qualifies its components."""
    if not isinstance(plugin, str):
        name = getattr(plugin, "__name__", type(plugin).__name__)
        return str(name).rpartition(".")[2], plugin
    entry_point = EntryPoint("", plugin, GROUP)
    found = entry_point.load()
    module = sys.modules[entry_point.module]
    return module.__name__.rpartition(".")[2], found
