from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.components.transfer import ExtraLoss, Teacher
from archivolt.values.ensemble import Ensemble

ONE = Ensemble((3,), (1.0,))
MODEL = Path("teacher.keras")


def test_a_teacher_is_trials_or_a_model() -> None:
    for fields in ({}, {"ensemble": ONE, "model": MODEL}):
        with pytest.raises(ValueError, match="one of the two"):
            Teacher(**fields)


def test_whatever_changes_what_it_says_makes_another_teacher() -> None:
    teachers = [
        Teacher(ONE, (5,)),
        Teacher(ONE, (6,)),
        Teacher(Ensemble((3,), (1.0,), temperature=2.0), (5,)),
        Teacher(Ensemble((3, 4), (0.5, 0.5)), (5, 5)),
        Teacher(model=MODEL, digest="a"),
        Teacher(model=MODEL, digest="b"),
        Teacher(model=MODEL, digest="a", gives_logits=True),
    ]

    assert len({each.fingerprint for each in teachers}) == len(teachers)


def test_a_model_is_the_same_teacher_wherever_it_lies() -> None:
    here, there = (Teacher(model=Path(path), digest="a") for path in ("a/t.keras", "b/t.keras"))

    assert here.fingerprint == there.fingerprint


def test_a_teacher_is_told_by_its_trials_or_its_path() -> None:
    assert str(Teacher(ONE)) == "trial 3"
    assert str(Teacher(Ensemble((3, 4), (0.5, 0.5)))) == "trials 3, 4"
    assert str(Teacher(model=MODEL)) == "teacher.keras"


@pytest.mark.parametrize(
    ("field", "value"), [("form", "hinge"), ("weight", -0.1), ("temperature", 0.0)]
)
def test_an_extra_loss_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        ExtraLoss(Teacher(ONE), **{field: value})  # type: ignore[arg-type]
