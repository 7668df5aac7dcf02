from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.values.own_paths import found_from, told_from

HERE, MOVED = Path("/runs/a"), Path("/elsewhere/b")


def test_a_path_below_the_folder_is_found_where_the_folder_lies_now() -> None:
    told = told_from(HERE)(HERE / "teacher" / "best.keras")

    assert told == "./teacher/best.keras"
    assert found_from(MOVED)(told) == MOVED / "teacher" / "best.keras"


@pytest.mark.parametrize("path", ["/runs/ab/data.csv", "/runs", "weights/a.npz"])
def test_any_other_path_stays_what_it_is(path: str) -> None:
    assert told_from(HERE)(Path(path)) == path
    assert found_from(MOVED)(path) == Path(path)


def test_without_a_folder_paths_stay_what_they_are() -> None:
    assert told_from(None)(HERE / "teacher") == "/runs/a/teacher"
    assert found_from(None)("./teacher") == Path("teacher")
