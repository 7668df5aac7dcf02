"""The finalists of a search: the networks that are delivered, trained once more at its end."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen
from attrs.validators import in_

from archivolt.values.combined import Combined
from archivolt.values.trial import Trial

NO_TRAINING = "none"  # they are delivered as the search trained them
FRESH = "fresh"
ALL_ROWS = "all_rows"
TRAININGS = (NO_TRAINING, FRESH, ALL_ROWS)


@frozen
class Finalists:
    """Finalists that were trained again, and what was delivered of them.

    What was trained on all rows has no score but that of the report rows: it has seen the others.
    """

    training: str = field(validator=in_((FRESH, ALL_ROWS)))
    trials: tuple[Trial, ...]  # as they are now, by their numbers in the run
    single: Trial  # the one that is delivered alone
    report: Mapping[str, float] = field(factory=dict, hash=False)  # of the single, report rows
    ensemble: Combined | None = None  # of them, where the run has one
