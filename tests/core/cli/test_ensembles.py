"""What people read of an ensemble."""

from __future__ import annotations

from attrs import evolve

from archivolt.cli.ensembles import members, summary_lines
from archivolt.values.combined import Combined
from archivolt.values.ensemble import Ensemble

COMBINED = Combined(
    number=0,
    trials=20,
    ensemble=Ensemble([9, 17, 4], [0.2, 0.5, 0.3]),
    metrics={"accuracy": 0.91},
    parameters=1234,
    report={"accuracy": 0.87},
)


def test_the_heaviest_member_is_named_first() -> None:
    assert members(COMBINED) == "3 trials (17: 0.50, 4: 0.30, 9: 0.20)"


def test_the_score_is_that_of_the_report_rows_and_the_other_is_called_what_it_is() -> None:
    _, line = summary_lines(COMBINED, "accuracy", "300 rows that took part in no choice")

    assert line.strip() == (
        "accuracy 0.8700 on 300 rows that took part in no choice "
        "(chosen by 0.9100 on the validation rows)"
    )


def test_without_report_rows_the_score_is_said_to_be_the_one_that_chose() -> None:
    _, line = summary_lines(evolve(COMBINED, report={}), "accuracy", "")

    assert line.strip() == "accuracy 0.9100 on the validation rows that chose it"
