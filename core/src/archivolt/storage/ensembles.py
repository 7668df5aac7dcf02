"""The ensembles of a run, in its history: what was combined when, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, inspect, select, update

from archivolt.storage.database import Database
from archivolt.storage.schema import ensembles


def add_ensemble(database: Database, record: Mapping[str, Any]) -> int:
    """Commit an ensemble as plain data; returns its number."""
    with database.writing() as connection:
        last = connection.execute(select(func.max(ensembles.c.number))).scalar()
        number = 0 if last is None else int(last) + 1
        connection.execute(insert(ensembles).values(number=number, report={}, **record))
    return number


def set_report(database: Database, number: int, report: Mapping[str, float]) -> None:
    """Commit the metrics of a delivered ensemble on the report rows."""
    change = update(ensembles).where(ensembles.c.number == number)
    with database.writing() as connection:
        connection.execute(change.values(report=dict(report)))


def read_ensembles(database: Database) -> list[dict[str, Any]]:
    """Return every ensemble as plain data, in the order of numbers."""
    with database.reading() as connection:
        # Format 1 has no such table, and gets none where the history may not be written.
        if not inspect(connection).has_table(ensembles.name):
            return []
        rows = connection.execute(select(ensembles).order_by(ensembles.c.number)).mappings()
        return [dict(row) for row in rows]
