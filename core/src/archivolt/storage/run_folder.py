"""A run on disk: where its parts lie, and who may write."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from archivolt.errors import RunError

if TYPE_CHECKING:
    from archivolt.storage.database import CandidateCodec, Database

HISTORY = "history.sqlite"
CONFIG = "config.yaml"
STUDY = "study"  # the fact that a history is one of archivolt.Study, and how it is judged


class RunFolder:
    """The parts of one run below a folder.

    `config.yaml`, `history.sqlite`, `problem/` (prepared data), `trials/N/` (weights,
    predictions), `teachers/` (predictions that trials learn from), `plugins/` (files that the run
    was started with), `workers/` (logs), `best/` and `ensemble/` (what is delivered),
    `finalists/fresh/` and `finalists/all_rows/` (the same, of finalists that were trained again).
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: FileLock | None = None

    @property
    def history(self) -> Path:
        return self.path / HISTORY

    @property
    def config(self) -> Path:
        return self.path / CONFIG

    @property
    def problem(self) -> Path:
        return self.path / "problem"

    @property
    def trials(self) -> Path:
        return self.path / "trials"

    @property
    def teachers(self) -> Path:
        return self.path / "teachers"

    @property
    def plugins(self) -> Path:
        return self.path / "plugins"

    @property
    def workers(self) -> Path:
        return self.path / "workers"

    @property
    def best(self) -> Path:
        return self.path / "best"

    @property
    def ensemble(self) -> Path:
        return self.path / "ensemble"

    def finalists(self, training: str) -> RunFolder:
        """Return where the models of finalists lie that were trained again."""
        return RunFolder(self.path / "finalists" / training)

    def trial(self, number: int) -> Path:
        return self.trials / f"{number:05d}"

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new run folder.

        Raises:
            RunError: something is there already, or the folder cannot be made.
        """
        folder = cls(path)
        if folder.history.exists():
            raise RunError(
                str(path),
                "holds a run already.",
                "Continue it with `archivolt resume`, or choose another --run.",
            )
        if path.exists() and not path.is_dir():
            raise RunError(str(path), "is a file, not a folder.", "Choose another --run.")
        if path.is_dir() and any(path.iterdir()):
            raise RunError(str(path), "is not empty and holds no run.", "Choose another --run.")
        try:
            for part in (folder.path, folder.trials, folder.workers):
                part.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise RunError(str(path), f"cannot be made: {cause.strerror}.") from cause
        return folder

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """Return the run folder at `path`.

        Raises:
            RunError: there is none, or a part of it is gone.
        """
        folder = cls(path)
        if not path.exists():
            raise RunError(str(path), "does not exist.", _neighbours(path))
        if not folder.history.exists():
            what = (
                "is only half there: its history is gone."
                if folder.config.exists() or folder.trials.exists()
                else "holds no run."
            )
            raise RunError(str(path), what, _neighbours(path))
        return folder

    def discard(self) -> None:
        """Remove the folder, which was made for a search that cannot begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def database(self, codec: CandidateCodec | None = None) -> Database:
        from archivolt.storage.database import Database

        return Database(self.history, codec)

    def lock(self) -> None:
        """Become the one process that writes; given back when the process ends, however it ends.

        Raises:
            RunError: another process is at work here.
        """
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as cause:
            raise RunError(
                str(self.path),
                "is in use by another process.",
                "Wait for it, stop it, or choose another --run.",
            ) from cause
        except OSError as cause:
            raise RunError(
                str(self.path),
                f"cannot be written: {cause.strerror}.",
                "It can be read; to go on with it, copy it to where you may write.",
            ) from cause
        self._lock = lock

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> RunFolder:
        self.lock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unlock()


def _neighbours(path: Path) -> str:
    parent = path.parent
    runs = sorted(each.parent.name for each in parent.glob(f"*/{HISTORY}"))
    return f"Runs beside it: {', '.join(runs[:5])}." if runs else ""
