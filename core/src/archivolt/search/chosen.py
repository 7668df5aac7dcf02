"""What a run chose and what it predicts by, read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archivolt.components.ensembler import Ensembler
from archivolt.errors import RunError
from archivolt.search.leaderboard import SELECTED
from archivolt.storage.run_folder import RunFolder
from archivolt.values.finalists import NO_TRAINING

if TYPE_CHECKING:
    from archivolt.plugins.codec import Codec
    from archivolt.storage.database import Database
    from archivolt.values.combined import Combined
    from archivolt.values.trial import Trial

DELIVERED = "delivered"  # fact: the training of the finalists that were asked for last
REPORT = "report"  # fact of a run: metrics of the single network on the report rows
ENSEMBLE_FACTS = "ensemble.json"  # beside a delivered ensemble: what it is, as events tell it
FINALISTS_FACTS = "finalists.json"  # beside finalists, the same of them


def handed(folder: RunFolder, database: Database) -> RunFolder:
    """Return where the models lie by which a run predicts: its own, or those of finalists."""
    training = database.fact(DELIVERED) or NO_TRAINING
    finalists = folder.finalists(training)
    return finalists if training != NO_TRAINING and finalists.best.exists() else folder


def report_of(folder: RunFolder, database: Database) -> Mapping[str, float]:
    """Return every metric of the model by which a run predicts, on the report rows."""
    models = handed(folder, database)
    for facts in (models.ensemble / ENSEMBLE_FACTS, models.path / FINALISTS_FACTS):
        if facts.exists():
            report: Mapping[str, float] = json.loads(facts.read_text("utf-8"))["report"]
            return report
    return database.fact(REPORT) or {}


def chosen(
    folder: RunFolder, database: Database, codec: Codec
) -> tuple[Trial, Combined | None, Ensembler | None]:
    """Return the trial and the ensemble that the search delivered, and what combined that.

    Raises:
        RunError: it delivered nothing, or an ensemble that its history does not know.
    """
    number = database.fact(SELECTED)
    trial = None if number is None else database.read_trial(number)
    if trial is None or not trial.scored:
        raise RunError(
            str(folder.path),
            "holds no model yet: no trial has finished.",
            "Continue it with `archivolt resume`.",
        )
    row = _ensemble_row(folder, database)
    if row is None:
        return trial, None, None
    from archivolt.search.ensembling import combined_of

    sizes = {each["number"]: each["parameters"] for each in database.read_rows()}
    ensembler = codec.decode_component("ensembler", row["ensembler"])
    assert isinstance(ensembler, Ensembler)
    return trial, combined_of(row, codec, sizes), ensembler


def _ensemble_row(folder: RunFolder, database: Database) -> Mapping[str, Any] | None:
    from archivolt.storage.ensembles import read_ensembles

    facts = folder.ensemble / ENSEMBLE_FACTS
    if not facts.exists():
        return None
    number = json.loads(facts.read_text(encoding="utf-8"))["number"]
    for row in read_ensembles(database):
        if row["number"] == number:
            return row
    raise RunError(
        str(folder.path),
        "holds an ensemble that its history does not know.",
        "Make it anew with `archivolt ensemble`.",
    )
