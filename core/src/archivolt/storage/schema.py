"""The tables of a run's history, and their version."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

# Raise it with every change. A new table is made where an older file is opened to be written, and
# so is a new column that may be empty (`migrations`); any other change needs a step there.
VERSION = 3

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String(64), primary_key=True),  # "version", "config", "problem", "plugins" …
    Column("value", JSON, nullable=False),
)

trials = Table(
    "trials",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False, index=True),
    Column("fingerprint", String(16), nullable=False, index=True),
    Column("parent", Integer),
    Column("mutator", String(128)),
    Column("candidate", JSON, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("memo", JSON, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("target_epochs", Integer),
    Column("schedule_epochs", Integer),  # since version 3
    Column("score", Float),
    Column("metrics", JSON, nullable=False),
    Column("parameters", Integer),
    Column("flops", Integer),
    Column("seconds", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(64)),
    Column("started", Float),
    Column("ended", Float),
    Column("cause", String(64)),
    Column("message", Text),
    Column("warnings", JSON, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("trial", Integer, ForeignKey("trials.number"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("metrics", JSON, nullable=False),
    Column("time", Float, nullable=False),  # Unix time, seconds
)

ensembles = Table(  # since version 2
    "ensembles",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("trials", Integer, nullable=False),  # that had ended when it was made
    Column("time", Float, nullable=False),  # Unix time, seconds
    Column("ensembler", JSON, nullable=False),
    Column("ensemble", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),  # on the validation rows, which chose it
    Column("adds", JSON, nullable=False),  # how much the loss rises without each member
    Column("report", JSON, nullable=False),  # on the report rows, once it was delivered
)

sessions = Table(
    "sessions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("started", Float, nullable=False),
    Column("ended", Float),  # None: it was killed, or is at work
    Column("reason", Text),
)
