"""Studies for training loops of one's own: made of a configuration, kept in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archivolt.config.loading import load_config, plugin_files
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.search.setting_up import space_of
from archivolt.search.study import Study
from archivolt.storage.database import Database, revived
from archivolt.storage.run_folder import RunFolder
from archivolt.values.features import Features
from archivolt.values.history import History


def open_study(
    cls: type[Study],
    config: Path | str | Mapping[str, Any],
    features: Features,
    outputs: int,
    metric: str,
    maximize: bool,
    preset: str | None,
    run: Path | str | None,
) -> Study:
    """Make a study, or go on with the one in `run`; see `Study.from_config`."""
    registry = load_plugins(files=plugin_files(config), warn=False)
    loaded = load_config(config, registry, preset=preset)
    database: Database | None = None
    history = History(maximize)
    if run is not None:
        folder = RunFolder(Path(run))
        if not folder.history.exists():
            folder = RunFolder.create(Path(run))
        folder.lock()  # until this process ends
        database = folder.database(Codec(registry))
        for trial in database.read_trials():
            waiting = revived(trial)
            if waiting is not trial:
                database.update(waiting)
            history.record(waiting)
    return cls(
        space_of(loaded, features, outputs),
        loaded.searcher,
        metric=metric,
        maximize=maximize,
        scheduler=loaded.scheduler,
        seed=loaded.seed,
        database=database,
        history=history,
    )
