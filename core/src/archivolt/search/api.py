"""Searching from Python: `archivolt.search`, `archivolt.open`; the commands call the same."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from archivolt.components.source import Source
from archivolt.config.sections import Config
from archivolt.config.setting import Setting
from archivolt.errors import ConfigError, DataError
from archivolt.files import replace_file
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.registry import Registry, load_plugins
from archivolt.search.budget import sitting
from archivolt.search.reopening import reopen as reopen
from archivolt.search.run import Run
from archivolt.storage.run_folder import RunFolder

RUNS = Path("runs")  # where runs go that are given no folder


def search(
    data: Any,
    target: Any = None,
    *,
    run: str | Path | None = None,
    trials: int | None = None,
    minutes: float | None = None,
    workers: int | None = None,
    seed: int | None = None,
    metric: str | None = None,
    task: str | None = None,
    weights: Any = None,
    test: Any = None,
    unlabelled: Any = None,
    preset: str | None = None,
    config: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
    show: bool = False,
) -> Run:
    """Search for the best network for your data.

    Args:
        data: A configuration (`.yaml`) or data by path; or arrays, a data frame, a
            `tf.data.Dataset`.
        target: Labels, `(rows,)`; a mapping of several by name, a task each; or the name of the
            column that holds them.
        run: Run folder to make. Default: a new one below `runs/`.
        trials: Stop after so many.
        minutes: Stop after so long. Default: as the configuration says; 10, where it does not.
        workers: Worker processes. Default: one a core, or one a GPU.
        seed: Drives every random choice.
        metric: What ranks the trials. Default: the first of the task.
        task: `binary`, `multiclass`, `multilabel`, `regression` or `several`, one for each target.
            Default: guessed, and told.
        weights: Of the examples, `(rows,)`; or the name of their column.
        test: Data kept for the final report: a path, or features and labels.
        unlabelled: Further rows without a label, a path or features. Trials learn from them where
            a teacher says something of them: `transfer: [distillation]`.
        preset: Fills what is left out.
        config: A configuration as a mapping; `data` is not needed in it.
        overrides: `"searcher.beam=3"` and the like, as `--set` takes them.
        show: Draw the progress on the terminal.

    Returns:
        The run: `run.best.predict(x)`, `run.leaderboard()`, `run.report`.

    Raises:
        ArchivoltError: something cannot be used; the message says what to do.
    """
    settings: dict[str, Any] = {
        "problem.metric": metric,
        "problem.task": task,
        "executor.workers": workers,
        "budget.minutes": minutes,
        "budget.trials": trials,
        "seed": seed,
    }
    source: Source | Path
    if isinstance(data, (str, Path)):
        settings |= {"data.target": target, "data.weight": weights, "data.test": test}
        settings["data.unlabelled"] = unlabelled
        source = Path(data)
    else:
        more = {} if unlabelled is None else {"unlabelled": unlabelled}
        source = _in_memory((data, target, weights, test), more, load_plugins())
    given = [Setting(key, value) for key, value in settings.items() if value is not None]
    begun = start(
        source,
        overrides=[*given, *overrides],
        preset=preset,
        run=None if run is None else Path(run),
        config=config,
    )
    begun.drive(minutes=sitting(begun.config.budget, None, None), show=show)
    return begun


def open(run: str | Path) -> Run:
    """Open a run to read it; a running search is not disturbed.

    Raises:
        RunError: there is none, it is damaged, or a newer Archivolt wrote it.
    """
    return reopen(Path(run))[0]


def start(
    data: Path | Source | None,
    *,
    overrides: Sequence[str | Setting] = (),
    preset: str | None = None,
    run: Path | None = None,
    config: Mapping[str, Any] | None = None,
    blocked: Collection[str] = (),
    registry: Registry | None = None,
) -> Run:
    """Make a run folder for a search, everything about it checked but the data.

    Args:
        data: A configuration, data by path, or a source that holds data. None: what `config` says.
        overrides: `key=value` with the value in YAML, or values of options; the last one wins.
        preset: Fills what is left out.
        run: Folder to make. None: a new one below `runs/`.
        config: A configuration as a mapping, instead of a file.
        blocked: Plugins to leave out.
        registry: The plugins, loaded already. None: those that are installed, and the files that
            the configuration names.
    """
    from archivolt.config.loading import load_config, plugin_files
    from archivolt.config.writing import to_document

    is_config = isinstance(data, Path) and data.suffix in (".yaml", ".yml")
    document: Any = data if is_config else config
    if isinstance(data, Source):
        document = {**(config or {}), "data": {"source": data.name}}
    if registry is None:
        files = plugin_files(document, overrides)
        registry = load_plugins(files=files, blocked=blocked, warn=False)
    loaded = load_config(
        document,
        registry,
        overrides=overrides,
        data_path=data if isinstance(data, Path) and not is_config else None,
        preset=preset,
    )
    if isinstance(data, Source):
        loaded = evolve(loaded, data=data)
    if loaded.data is None:
        raise ConfigError("data", "no data are given.", "Name a file or folder under `data`.")
    folder = RunFolder.create(run or _next_folder(data, loaded))
    registry.keep_files(folder.plugins)  # to be resumed without the originals
    loaded = evolve(loaded, document=to_document(loaded, registry))
    _record(folder, registry, loaded)
    return Run(folder, loaded, registry, fresh=True)


def _in_memory(given: tuple[Any, ...], more: Mapping[str, Any], registry: Registry) -> Source:
    for registration in registry.of_kind("source"):
        component = registration.component
        assert issubclass(component, Source)
        source = component.from_memory(*given, **more)
        if source is not None:
            return source
    known = ", ".join(each.component.name for each in registry.of_kind(KINDS["source"].name))
    raise DataError(
        f"no source reads a {type(given[0]).__module__}.{type(given[0]).__qualname__}.",
        hint=f"Sources: {known or 'none is installed'}.",
    )


def _next_folder(data: Path | Source | None, config: Config) -> Path:
    """Return a new folder below `runs/`, named for the data and the day."""
    given = data or config.data
    name = given.stem.partition(".")[0] if isinstance(given, Path) else getattr(given, "name", "")
    stem = f"{name or 'run'}-{time.strftime('%Y%m%d')}"
    number = 1
    while (RUNS / f"{stem}-{number}").exists():
        number += 1
    return RUNS / f"{stem}-{number}"


def _record(folder: RunFolder, registry: Registry, config: Config) -> None:
    from archivolt.config.writing import to_yaml

    document = dict(config.document)
    replace_file(folder.config, to_yaml(document))
    database = folder.database()
    database.set_fact("plugins", registry.snapshot())
    database.set_fact("config", document)
    database.close()
