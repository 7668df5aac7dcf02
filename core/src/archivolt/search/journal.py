"""The journal of a run: `events.jsonl`, what happened, a line each.

It observes through the event hooks, as any plugin may; `tail -f` follows a search with it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from archivolt.hookspecs import hookimpl
from archivolt.search.trial_data import trial_data
from archivolt.values.trial import Trial

FILE = "events.jsonl"


class Journal:
    """Appends events to a file of the run folder; epochs are in the history.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @hookimpl
    def archivolt_search_started(self, run: str, trials: int) -> None:
        self._write("started", run=run, trials=trials)

    @hookimpl
    def archivolt_trial_started(self, trial: Trial) -> None:
        self._write("trial_started", trial=trial_data(trial))

    @hookimpl
    def archivolt_trial_finished(self, trial: Trial) -> None:
        self._write("trial_finished", trial=trial_data(trial))

    @hookimpl
    def archivolt_trial_failed(self, trial: Trial) -> None:
        self._write("trial_failed", trial=trial_data(trial))

    @hookimpl
    def archivolt_search_finished(
        self, run: str, trials: int, best: Trial | None, reason: str
    ) -> None:
        told = None if best is None else trial_data(best)
        self._write("finished", run=run, trials=trials, best=told, reason=reason)

    def _write(self, event: str, **facts: Any) -> None:
        line = json.dumps({"event": event, "time": time.time(), **facts})
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
