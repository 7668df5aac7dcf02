"""Steps from the tables of an earlier format to those of today."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, inspect, update
from sqlalchemy.schema import CreateColumn

from archivolt.storage.schema import VERSION, facts, metadata


def migrate(connection: Connection, version: int) -> None:
    """Bring the tables of a writable database to the present format.

    Formats have grown by columns alone, each of which may be empty (2: `schedule_epochs`).

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


def missing(connection: Connection, table: Table) -> list[Column[object]]:
    """Return the columns that the table of an earlier format does not have."""
    there = {each["name"] for each in inspect(connection).get_columns(table.name)}
    return [column for column in table.columns if column.name not in there]
