"""Runs below a run: another search on the same prepared rows, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from archivolt.config.loading import load_config
from archivolt.config.setting import Setting
from archivolt.config.writing import to_document, to_yaml
from archivolt.errors import RunError
from archivolt.files import replace_file, replace_folder, same_file
from archivolt.plugins.codec import Codec
from archivolt.search.model_facts import ModelFacts, single_facts
from archivolt.storage.run_folder import HISTORY, RunFolder

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry
    from archivolt.search.run import Run
    from archivolt.storage.database import Database
    from archivolt.values.problem import Problem

BRANCH = "branch"  # fact of a run that was made below another: what for


@frozen
class Branch:
    """A run below a run, as its database tells of it."""

    name: str  # of its folder
    about: Mapping[str, Any] = field(hash=False)  # what for, in the words of whoever made it
    single: ModelFacts | None  # None before its search has ended


class Branching:
    """What a run has of runs below it."""

    _folder: RunFolder
    _registry: Registry

    if TYPE_CHECKING:  # a run reads both when they are asked for

        @property
        def _database(self) -> Database: ...
        @property
        def problem(self) -> Problem: ...

    def branch(
        self,
        name: str,
        changes: Mapping[str, object],
        about: Mapping[str, object],
        furnish: Callable[[Path], None] = lambda _: None,
        replace: bool = False,
    ) -> Run:
        """Make a run below this one: another search on the same prepared rows and splits.

        Args:
            name: Of its folder.
            changes: Of the configuration, plain data by key: `{"space.limits.parameters": 5000}`.
            about: What it is for, plain data; `what` is told beside its name.
            furnish: Writes what else belongs to it into its folder, before that is in its place.
            replace: Put it in the place of an earlier one.

        Raises:
            RunError: this run is not prepared, there is one of this name already, or another
                process works on either.
            ConfigError: the changes make no configuration.
        """
        from archivolt.search.reopening import reopen

        problem, folder = self.problem, self._folder  # told where it is not prepared
        target = RunFolder(folder.path / name)
        settings = [Setting(key, value) for key, value in changes.items()]
        with folder:
            _check_free(target, name, replace)
            document = self._database.fact("config")
            config = load_config(
                document, self._registry, overrides=settings, presets=False, folder=folder.path
            )
            facts = {
                "plugins": self._registry.snapshot(),
                "problem": Codec(self._registry).encode(problem),
                "config": to_document(config, self._registry, target.path),
                BRANCH: dict(about),
            }
            fresh = folder.path / f".{name}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                _write(RunFolder.create(fresh), folder, facts)
                furnish(fresh)
                # All of it is there at once, whenever this process is killed.
                replace_folder(target.path, fresh)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        return reopen(target.path)[0]

    def branches(self) -> tuple[Branch, ...]:
        """Return the runs below this one, by name; what cannot be read is left out."""
        return tuple(_read_branches(self._folder))


def _write(folder: RunFolder, parent: RunFolder, facts: Mapping[str, Any]) -> None:
    _same_files(parent.problem, folder.problem)
    if parent.plugins.is_dir():
        _same_files(parent.plugins, folder.plugins)
    database = folder.database()
    for key, value in facts.items():
        database.set_fact(key, value)
    database.close()
    replace_file(folder.config, to_yaml(facts["config"]))


def _check_free(target: RunFolder, name: str, replace: bool) -> None:
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no name for a folder below a run")
    if not target.path.exists():
        return
    if not target.history.exists():
        raise RunError(str(target.path), "is there already, and is no run below this one.")
    if not replace:
        raise RunError(
            str(target.path),
            "holds a run already.",
            "Continue it with `archivolt resume`, or remove it.",
        )
    with target:  # nobody searches there
        pass


def _same_files(source: Path, target: Path) -> None:
    """Have the files of a folder in another one, too: none of them ever changes."""

    def link(original: str, copy: str) -> None:
        same_file(Path(original), Path(copy))

    shutil.copytree(source, target, copy_function=link)


def _read_branches(folder: RunFolder) -> Iterator[Branch]:
    for history in sorted(folder.path.glob(f"[!.]*/{HISTORY}")):
        try:
            database = RunFolder(history.parent).database()
        except RunError:
            continue
        found = database.fact(BRANCH)
        if found is not None:
            yield Branch(history.parent.name, found, single_facts(database))
        database.close()
