"""What trials leave on disk, kept within a quota."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archivolt.config.sections import ArtifactsConfig
from archivolt.errors import ArchivoltError
from archivolt.execution.evaluation import FAILURE
from archivolt.search.fidelity import Fidelity
from archivolt.storage.run_folder import RunFolder
from archivolt.values.history import History
from archivolt.values.selection import contenders
from archivolt.values.trial import SEARCH_ENDED, STOPPED, Trial

ROOM = 0.9  # of the quota, down to which is removed: not one folder after each trial


class Artifacts:
    """Removes weights and predictions of the worst trials where all together pass the quota.

    What is needed stays: that of the best trials, of those that they descend from, of the trials
    in flight, of their parents, of those that they take from, of those that may be trained
    further, and of the newest ensemble.
    A removed trial can still be trained again from its record, unless it began with weights of
    others.

    Args:
        folder: Of the run.
        config: The quota, and how many of the best are kept in any case.
        selection: Rule by which a trial is delivered: as many of its first choices stay, too.
        fidelity: Tells which trials may yet be promoted.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: ArtifactsConfig,
        selection: str,
        fidelity: Fidelity = Fidelity(None),
    ) -> None:
        self._folder = folder
        self._quota = config.quota
        self._keep = config.keep
        self._selection = selection
        self._fidelity = fidelity
        self._sizes: dict[int, int] = {}  # bytes, by trial
        self._total = 0
        self._told: set[str] = set()
        if self._quota is not None and folder.trials.is_dir():
            for each in os.scandir(folder.trials):
                if each.name.isdecimal():
                    self._measure(int(each.name))

    def take(self, ended: Trial, history: History) -> Iterator[str]:
        """Count what a trial left behind, and make room where there is too much.

        Yields:
            What a person should know, once each.
        """
        if self._quota is None:
            return
        self._measure(ended.number)
        if self._total <= self._quota:
            return
        try:
            needed = _needed(history, self._keep, self._selection, self._fidelity)
        except ArchivoltError as cause:
            yield from self._tell(f"no artifacts are removed: {cause}")
            return
        if self._make_room(history, needed, self._quota):
            yield from self._tell(
                f"the artifacts of the trials passed artifacts.quota ({_size(self._quota)}): from "
                f"now on those of the worst are removed, and the {self._keep} best are kept."
            )
        if self._total > self._quota:
            yield from self._tell(
                f"what the {self._keep} best trials need, and those that may be trained further "
                f"({_size(self._total)}), is more than artifacts.quota ({_size(self._quota)}): "
                "raise it, or lower artifacts.keep."
            )

    def _make_room(self, history: History, needed: set[int], quota: int) -> bool:
        spare = [number for number in self._sizes if number not in needed]

        def from_the_worst(number: int) -> int:
            trial = history[number]
            return -history.rank(trial) if trial.scored else -len(history)

        removed = False
        for number in sorted(spare, key=from_the_worst):
            if self._total <= ROOM * quota:
                break
            for path in self._files(number):
                with suppress(OSError):  # in use, or gone already
                    path.unlink()
            with suppress(OSError):  # something is left in it
                self._folder.trial(number).rmdir()
            before = self._total
            self._measure(number)
            removed |= self._total < before
        return removed

    def _measure(self, number: int) -> None:
        size = 0
        for path in self._files(number):
            with suppress(OSError):
                size += path.stat().st_size
        self._total += size - self._sizes.pop(number, 0)
        if size:
            self._sizes[number] = size

    def _files(self, number: int) -> list[Path]:
        folder = self._folder.trial(number)
        if not folder.is_dir():
            return []
        return [path for path in folder.rglob("*") if path.is_file() and path.name != FAILURE]

    def _tell(self, note: str) -> Iterator[str]:
        kind = note[:30]
        if kind not in self._told:
            self._told.add(kind)
            yield note


def _needed(history: History, keep: int, selection: str, fidelity: Fidelity) -> set[int]:
    """Number the trials whose artifacts must stay.

    Raises:
        ArchivoltError: the scheduler failed.
    """
    needed: set[int] = set()
    # The next one in the order of choice is delivered where a better score moves the bound.
    for trial in (*history.best(keep), *contenders(history, selection)[:keep]):
        ancestor: int | None = trial.number
        while ancestor is not None and ancestor not in needed:
            needed.add(ancestor)
            ancestor = history[ancestor].parent
    if history.ensemble is not None:  # it may teach
        needed.update(history.ensemble.members)
    for trial in history.active:
        needed.add(trial.number)
        if trial.parent is not None:
            needed.add(trial.parent)
        needed.update(trial.sources)
    # What an earlier session cut short goes on from its weights, as what is promoted does.
    needed.update(each.number for each in history.in_state(STOPPED) if each.cause == SEARCH_ENDED)
    needed.update(fidelity.waiting(history))
    return needed


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"
