"""Studies for training loops of one's own: made of a configuration, kept in a folder."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from archivolt.config.loading import load_config, plugin_files
from archivolt.config.sections import Config
from archivolt.errors import RunError
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.search.setting_up import space_of
from archivolt.search.study import Study
from archivolt.search.suggesting import suggested
from archivolt.storage.database import Database, revived
from archivolt.storage.run_folder import STUDY, RunFolder
from archivolt.values.features import Features
from archivolt.values.history import History

log = logging.getLogger("archivolt.search")


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
    _tell_unused(loaded)
    history = History(maximize, objectives=loaded.objectives)
    with ExitStack() as undone:  # a folder that stays locked could not be opened by a better call
        folder, database = None, None
        if run is not None:
            folder = RunFolder(Path(run))
            if not folder.history.exists():
                folder = RunFolder.create(Path(run))
            folder.lock()
            undone.callback(folder.unlock)
            database = folder.database(Codec(registry))
            undone.callback(database.close)
            _check_same(folder, database, {"metric": metric, "maximize": maximize})
            for trial in database.read_trials(metric):
                waiting = revived(trial)
                if waiting is not trial:
                    database.update(waiting)
                history.record(waiting)
        space = space_of(loaded, features, outputs)
        study = cls(
            space,
            loaded.searcher,
            metric=metric,
            maximize=maximize,
            scheduler=loaded.scheduler,
            seed=loaded.seed,
            database=database,
            history=history,
            suggestions=suggested(loaded.suggestions, space),
            folder=folder,
        )
        undone.pop_all()
    return study


def _tell_unused(config: Config) -> None:
    """Warn of what needs weights and predictions, which a loop of one's own keeps to itself."""
    unused = {
        section: off
        for section, off in (("transfer", "[]"), ("ensembler", "null"))
        if getattr(config, section)
    }
    if unused:
        log.warning(
            "A study does nothing with %s: the weights and predictions of its trials are in your "
            "own loop. `trial.parent` tells whose weights a trial may begin with. Use "
            "`archivolt.search`, or turn off what is told here: %s.",
            " and ".join(unused),
            ", ".join(f"{section}: {off}" for section, off in unused.items()),
        )


def _check_same(folder: RunFolder, database: Database, judged_by: Mapping[str, Any]) -> None:
    """Record by what a study's trials are judged, or check that it is the same as before."""
    recorded = database.fact(STUDY)
    if recorded is None and database.fact("config") is not None:
        raise RunError(
            str(folder.path),
            "holds a run of `archivolt search`, not a study.",
            "Choose another folder for your own training loop.",
        )
    if recorded is None:
        database.set_fact(STUDY, dict(judged_by))
    elif recorded != judged_by:
        raise RunError(
            str(folder.path),
            f"holds a study with metric={recorded['metric']!r} and "
            f"maximize={recorded['maximize']}: its scores would not compare.",
            "Pass the same, or choose another folder.",
        )
