"""How the file of a history is opened: to write it, or where that is not allowed, to read it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool


def is_writable(path: Path) -> bool:
    """Tell whether this process may write the database; one that may not can still read it."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def open_engine(path: Path, writable: bool) -> Engine:
    """Open a database file: made where it is missing, or only read where it is not writable."""
    mode = "mode=rwc"
    if not writable:
        # SQLite reads a database in WAL mode where it cannot write only if nobody else can, or if
        # the files of the one that does are there.
        mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    # As a URI, in which any name of a folder can be written.
    uri = f"{path.absolute().as_uri()}?{mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=30, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    if not writable:
        return engine

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # A commit outlives any process that is killed. FULL would let it outlive a power cut too,
        # for an fsync each: 11 ms on a virtual disk, with two commits a trial. With NORMAL a power
        # cut may take the last results, never the history (SQLite, "WAL mode").
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
