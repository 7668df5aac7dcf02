"""The history on disk: SQLite in WAL mode, one transaction a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve
from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from archivolt.errors import RunError
from archivolt.storage.curves import Curves, read_curves
from archivolt.storage.engine import is_writable, open_engine
from archivolt.storage.migrations import migrate, readable
from archivolt.storage.schema import VERSION, epochs, facts, metadata, sessions, trials
from archivolt.values.trial import PENDING, RUNNING, Trial

if TYPE_CHECKING:
    from archivolt.values.candidate import Candidate


class CandidateCodec(Protocol):
    """What the database needs to know about candidates."""

    def encode(self, value: object) -> Any: ...

    def decode_candidate(self, data: Any) -> Candidate: ...


_PLAIN = tuple(
    column.name for column in trials.columns if column.name not in ("candidate", "fingerprint")
)

# Made once: to put a statement together costs more than to run it.
_ADD_TRIAL = insert(trials)
_CHANGE_TRIAL = (
    update(trials)
    .where(trials.c.number == bindparam("which"))
    .values({name: bindparam(name) for name in _PLAIN if name != "number"})
)
_ADD_EPOCH = upsert(epochs)
# A trial that is trained again after a crash reports its epochs again.
_ADD_EPOCH = _ADD_EPOCH.on_conflict_do_update(
    ["trial", "epoch"], set_={name: _ADD_EPOCH.excluded[name] for name in ("metrics", "time")}
)


class Database:
    """The trials, facts and sessions of one run.

    Args:
        path: The database file; made when it is missing.
        codec: Turns candidates into plain data and back; None: only facts are wanted.

    Raises:
        RunError: the file is damaged, or was written by a newer version.
    """

    def __init__(self, path: Path, codec: CandidateCodec | None = None) -> None:
        self.path = path
        self._codec = codec
        writable = is_writable(path)
        self._engine = open_engine(path, writable)
        # What may be lost with the process waits for the next result's transaction, so that short
        # trials do not spend their time on commits.
        self._waiting_epochs: dict[tuple[int, int], dict[str, Any]] = {}
        self._waiting_trials: dict[int, Trial] = {}
        with self._told():
            if writable:
                metadata.create_all(self._engine)
            with self._engine.begin() as connection:
                version = _fact(connection, "version")
                if writable and version is None:
                    connection.execute(insert(facts).values(key="version", value=VERSION))
                elif writable:
                    migrate(connection, version)
                columns = readable(connection, trials)
        self._all_trials = select(*columns).order_by(trials.c.number)
        if version is not None and version > VERSION:
            self.close()
            raise RunError(
                str(path.parent),
                f"the run was written by a newer Archivolt (format {version}; this one reads "
                f"up to {VERSION}).",
                "Upgrade archivolt-core to open it.",
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection to read; what goes wrong is told as a RunError."""
        with self._told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open one transaction; what goes wrong is told as a RunError."""
        with self._told(), self._engine.begin() as connection:
            yield connection

    # Facts

    def fact(self, key: str) -> Any:
        """Return a stored fact as plain data; None when there is none."""
        with self.reading() as connection:
            return _fact(connection, key)

    def set_fact(self, key: str, value: Any) -> None:
        with self.writing() as connection:
            statement = upsert(facts).values(key=key, value=value)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
            )

    # Trials

    def add(self, trial: Trial) -> None:
        """Commit a new trial."""
        row = self._row(trial)
        with self.writing() as connection:
            connection.execute(_ADD_TRIAL, row)
            self._write_waiting(connection)

    def update(self, trial: Trial) -> None:
        """Commit a trial's new state: readers see all of it or nothing."""
        self._waiting_trials[trial.number] = trial
        self.flush()

    def update_soon(self, trial: Trial) -> None:
        """Note a trial's new state; it is committed with whatever is committed next."""
        self._waiting_trials[trial.number] = trial

    def flush(self) -> None:
        """Commit what waits."""
        if not self._waiting_trials and not self._waiting_epochs:
            return
        with self.writing() as connection:
            self._write_waiting(connection)

    def _write_waiting(self, connection: Connection) -> None:
        if self._waiting_trials:
            changes = [_change(trial) for trial in self._waiting_trials.values()]
            connection.execute(_CHANGE_TRIAL, changes)
        if self._waiting_epochs:
            connection.execute(_ADD_EPOCH, list(self._waiting_epochs.values()))
        self._waiting_trials.clear()
        self._waiting_epochs.clear()

    def read_trials(self, metric: str | None = None) -> Iterator[Trial]:
        """Yield every trial in the order of numbers.

        Args:
            metric: What the curves of the trials are read of; None: they are left empty.

        Raises:
            UnknownComponentError: a candidate holds a component that no installed pack has.
        """
        scores: Curves = {}
        with self.reading() as connection:
            rows = connection.execute(self._all_trials).mappings().all()
            if metric is not None:
                scores = read_curves(connection, metric)
        for row in rows:
            yield evolve(self._trial(dict(row)), curve=tuple(scores.get(row["number"], ())))

    def read_trial(self, number: int) -> Trial | None:
        rows = self.read_rows(number)
        return self._trial(rows[0]) if rows else None

    def read_rows(self, number: int | None = None) -> list[dict[str, Any]]:
        """Return every trial, or one, as plain data, candidates undecoded: that needs no pack."""
        query = self._all_trials
        if number is not None:
            query = query.where(trials.c.number == number)
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    # Curves

    def add_epoch(self, number: int, epoch: int, metrics: Mapping[str, float], now: float) -> None:
        """Note what a running trial reported; it is committed with whatever is committed next."""
        row = {"trial": number, "epoch": epoch, "metrics": dict(metrics), "time": now}
        self._waiting_epochs[number, epoch] = row

    def curve(self, number: int) -> list[tuple[int, dict[str, float]]]:
        """Return the reported epochs of a trial with their metrics."""
        query = select(epochs).where(epochs.c.trial == number).order_by(epochs.c.epoch)
        with self.reading() as connection:
            return [(row.epoch, row.metrics) for row in connection.execute(query)]

    # Sessions

    def begin_session(self, now: float) -> int:
        with self.writing() as connection:
            key = connection.execute(insert(sessions).values(started=now)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def end_session(self, number: int, now: float, reason: str) -> None:
        change = update(sessions).where(sessions.c.number == number)
        with self.writing() as connection:
            connection.execute(change.values(ended=now, reason=reason))

    def seconds_spent(self) -> float:
        """Return the seconds of all sessions; a killed one lasts to its last sign of life."""
        with self.reading() as connection:
            rows = connection.execute(select(sessions).order_by(sessions.c.number)).all()
            total = 0.0
            for index, row in enumerate(rows):
                ended = row.ended
                if ended is None:
                    until = rows[index + 1].started if index + 1 < len(rows) else float("inf")
                    ended = _last_sign_of_life(connection, row.started, until)
                total += max(0.0, ended - row.started)
        return total

    def close(self) -> None:
        self.flush()
        self._engine.dispose()

    # Rows

    def _row(self, trial: Trial) -> dict[str, Any]:
        assert self._codec is not None
        row = _plain(trial)
        row["fingerprint"] = trial.candidate.fingerprint
        row["candidate"] = self._codec.encode(trial.candidate)
        return row

    def _trial(self, row: Mapping[str, Any]) -> Trial:
        values = {name: row[name] for name in _PLAIN}
        values["warnings"] = tuple(values["warnings"])
        assert self._codec is not None
        return Trial(candidate=self._codec.decode_candidate(row["candidate"]), **values)

    @contextmanager
    def _told(self) -> Iterator[None]:
        folder = str(self.path.parent)
        try:
            yield
        except OperationalError as cause:
            if "full" in str(cause.orig):
                raise RunError(
                    folder,
                    "the disk is full; the result in flight could not be written.",
                    "Free some space and go on with `archivolt resume`: nothing else is lost.",
                ) from cause
            if "decode" in str(cause.orig):
                raise self._damaged(cause.orig) from cause
            what = f"the history cannot be read or written: {cause.orig}."
            raise RunError(folder, what) from cause
        except DatabaseError as cause:
            raise self._damaged(cause.orig) from cause
        except ValueError as cause:  # text that is no UTF-8, or no JSON
            raise self._damaged(cause) from cause
        except SQLAlchemyError as cause:
            raise RunError(folder, f"the history cannot be used: {cause}.") from cause

    def _damaged(self, cause: object) -> RunError:
        return RunError(
            str(self.path.parent),
            f"the history {self.path.name} is damaged: {cause}.",
            "Restore it from a backup; the trained models in trials/ are untouched.",
        )


def _plain(trial: Trial) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(trial, name) for name in _PLAIN}
    row["memo"] = dict(trial.memo)
    row["metrics"] = dict(trial.metrics)
    row["warnings"] = list(trial.warnings)
    return row


def _change(trial: Trial) -> dict[str, Any]:
    """Return the parameters of `_CHANGE_TRIAL`: a trial's candidate stays what it is."""
    row = _plain(trial)
    row["which"] = row.pop("number")
    return row


def revived(trial: Trial) -> Trial:
    """Return a trial that was in flight when its process died as one that waits again."""
    return evolve(trial, state=PENDING, worker=None) if trial.state == RUNNING else trial


def _last_sign_of_life(connection: Connection, started: float, until: float) -> float:
    signs = [started]
    for column in (epochs.c.time, trials.c.ended, trials.c.started):
        latest = select(func.max(column)).where(column >= started, column < until)
        signs.append(connection.execute(latest).scalar() or started)
    return float(max(signs))


def _fact(connection: Connection, key: str) -> Any:
    return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar_one_or_none()
