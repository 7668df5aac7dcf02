"""Folders of files: what is found in them, and what is told where there is none."""

from __future__ import annotations

from collections import Counter

import pytest

from archivolt.components.class_folders import FileKind
from archivolt.errors import DataError

NOTES = FileKind("note", "notes", frozenset({".txt"}), "notes/a/1.txt", "Or name them.")


def write(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_files_are_listed_by_the_folder_that_they_lie_in(tmp_path):
    write(tmp_path, "b/2.txt", "b/deep/1.TXT", "a/1.txt", "a/x.pdf", "c/y.pdf", "held/1.txt")
    write(tmp_path, ".hidden/1.txt", "a/Thumbs.db")

    found = NOTES.by_class(tmp_path, without=[tmp_path / "held"])

    assert [each.relative_to(tmp_path).as_posix() for each in found.files] == [
        "a/1.txt", "b/2.txt", "b/deep/1.TXT",
    ]  # fmt: skip
    assert found.labels == ("a", "b", "b")
    assert found.classes == ("a", "b")
    assert found.empty == ("c",)
    assert found.others == Counter({".pdf": 2})


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "the folder is empty"),
        (("1.txt", "2.txt"), "2 notes lie in the folder itself.*first is '1.txt'.*Or name them"),
        (("a/1.pdf",), "none of its 1 folders.*has a note.*There are 1 .pdf; read are .txt"),
        (("1.pdf",), "neither class folders nor notes"),
    ],
)
def test_a_folder_without_classes_says_what_there_is(tmp_path, names, told):
    write(tmp_path, *names)

    with pytest.raises(DataError, match=f"(?s){told}"):
        NOTES.by_class(tmp_path)


def test_new_files_need_no_classes_but_must_be_there(tmp_path):
    write(tmp_path, "1.txt", "x/2.txt")

    assert len(NOTES.new(tmp_path, Counter())) == 2
    assert NOTES.lies_in(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        NOTES.new(tmp_path / "nowhere", Counter())
    with pytest.raises(DataError, match="this is a file"):
        NOTES.new(tmp_path / "1.txt", Counter())
