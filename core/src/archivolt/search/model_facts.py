"""What is known of a delivered model, without loading it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from archivolt.search.chosen import ENSEMBLE_FACTS, REPORT
from archivolt.search.leaderboard import SELECTED

if TYPE_CHECKING:
    from archivolt.storage.database import Database
    from archivolt.storage.run_folder import RunFolder


@frozen
class ModelFacts:
    """A delivered model: what it is made of, and how good it is."""

    trials: tuple[int, ...]  # one, or the members of an ensemble
    parameters: int | None
    validation: Mapping[str, float] = field(hash=False)  # metrics on the rows that chose it
    report: Mapping[str, float] = field(
        hash=False
    )  # on rows that no choice saw; {}: there are none


def single_facts(database: Database) -> ModelFacts | None:
    """Read what is known of the single network; None before a search has ended."""
    number, report = database.fact(SELECTED), database.fact(REPORT)
    if number is None or report is None:
        return None
    (row,) = database.read_rows(number)
    return ModelFacts((number,), row["parameters"], row["metrics"], report)


def ensemble_facts(folder: RunFolder) -> ModelFacts | None:
    """Read what is known of the ensemble that was delivered; None where none was."""
    path = folder.ensemble / ENSEMBLE_FACTS
    if not path.exists():
        return None
    found = json.loads(path.read_text("utf-8"))
    return ModelFacts(
        tuple(each["trial"] for each in found["members"]),
        found["parameters"],
        found["metrics"],
        found["report"],
    )
