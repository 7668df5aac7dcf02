"""Steps from the tables of an earlier format to those of today."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, inspect, null, update
from sqlalchemy.schema import CreateColumn

from archivolt.storage.schema import VERSION, facts, metadata


def migrate(connection: Connection, version: int) -> None:
    """Bring the tables of a writable database to the present format.

    New tables are there already; what is left are new columns, each of which may be empty.

    Args:
        connection: Within a transaction.
        version: Of the format that the database was written in.
    """
    if version >= VERSION:
        return
    for table in metadata.sorted_tables:
        for column in missing(connection, table):
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
    connection.execute(update(facts).where(facts.c.key == "version").values(value=VERSION))


def readable(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """Return the columns of a table; empty ones for those that an earlier format lacks.

    A database that may not be written stays as it is.
    """
    lacking = {column.name for column in missing(connection, table)}
    return [null().label(each.name) if each.name in lacking else each for each in table.columns]


def missing(connection: Connection, table: Table) -> list[Column[object]]:
    """Return the columns that the table of an earlier format does not have."""
    there = {each["name"] for each in inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name not in there]
