"""Opening a run that is there: what may be changed of it, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import evolve

from archivolt.config.loading import load_config
from archivolt.config.sections import Config
from archivolt.config.setting import Setting
from archivolt.config.writing import differences, to_document
from archivolt.errors import RunError
from archivolt.plugins.registry import load_plugins
from archivolt.search.run import Run
from archivolt.storage.run_folder import STUDY, RunFolder

FREE_TO_CHANGE = (
    "budget",
    "executor",
    "artifacts",
    "ensembler",
    "phases",
    "suggestions",
    "finalists",
)  # sections that a resumed run may change as it likes
FIXED = ("data", "problem", "seed", "evaluator")  # what the scores so far depend on


def reopen(
    run: Path, *, overrides: Sequence[str | Setting] = (), blocked: Collection[str] = ()
) -> tuple[Run, tuple[str, ...]]:
    """Open an existing run, to read it or to go on with it.

    Args:
        run: Its folder.
        overrides: Changes of the configuration, `key=value` or values of options.
        blocked: Plugins to leave out.

    Returns:
        The run, and what changed since it was written: packs, versions, configuration.

    Raises:
        RunError: there is none, it is damaged, or what the scores depend on was changed.
    """
    folder = RunFolder.existing(run)
    files = sorted(folder.plugins.glob("*.py")) if folder.plugins.is_dir() else []
    registry = load_plugins(files=files, blocked=blocked, warn=False)
    database = folder.database()
    document, snapshot = database.fact("config"), database.fact("plugins")
    study = database.fact(STUDY)
    database.close()
    if study is not None:
        raise RunError(
            str(run),
            "holds a study of your own training loop, not a run of `archivolt search`.",
            "Go on with it by archivolt.Study.from_config(..., run=...).",
        )
    if document is None:
        raise RunError(str(run), "is only half there: it was stopped while it was being made.")
    notes = list(registry.compare(snapshot)) if snapshot else []
    notes += _edited(folder, document)

    def as_document(changes: Sequence[str | Setting]) -> tuple[Config, dict[str, Any]]:
        # The document holds all that the presets filled in; what they say today is of no matter.
        read = load_config(document, registry, overrides=changes, presets=False, folder=folder.path)
        return read, to_document(read, registry)

    loaded, fresh = as_document(overrides)
    # Compared with the document as it is read today: a field that a release adds is no change.
    before = as_document(())[1] if overrides else fresh
    for change in differences(before, fresh):
        section = change.partition(".")[0].partition(":")[0]
        if section in FIXED:
            raise RunError(
                str(run),
                f"was searched with another {section}: {change}.",
                "Its scores would not compare; begin another run.",
            )
        if section not in FREE_TO_CHANGE:
            notes.append(f"The configuration changed: {change}.")
    return Run(folder, evolve(loaded, document=fresh), registry), tuple(notes)


def _edited(folder: RunFolder, document: Mapping[str, Any]) -> list[str]:
    """Tell of changes in `config.yaml`, which is there to be read: the history has its own copy."""
    try:
        found = yaml.safe_load(folder.config.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    changes = differences(document, found) if isinstance(found, Mapping) else []
    if not changes:
        return []
    return [
        f"{folder.config.name} was edited ({'; '.join(changes[:3])}), which changes nothing: the "
        "run goes on as it was recorded. Give changes with --set."
    ]
