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


@pytest.mark.parametrize(
    ("folders", "test", "left_out"),
    [
        (("train/a", "test/a", "val/a"), "test", ["val"]),
        (("train/a", "val/a"), None, ["val"]),
        (("train/a", "test/a"), "test", []),
    ],
)
def test_folders_of_a_split_are_no_classes(tmp_path, folders, test, left_out):
    write(tmp_path, *(f"{each}/1.txt" for each in folders))
    notes: list[str] = []

    searched, report = NOTES.divided(tmp_path, notes)

    assert searched == tmp_path / "train"
    assert report == (None if test is None else tmp_path / test)
    told = [note for note in notes if "left out" in note]
    assert [note.partition(" is left out")[0] for note in told] == [
        str(tmp_path / each) for each in left_out
    ]


def test_a_folder_called_train_alone_is_a_class(tmp_path):
    write(tmp_path, "train/1.txt", "plane/1.txt")

    assert NOTES.divided(tmp_path, []) == (tmp_path, None)


def test_files_beside_the_class_folders_are_told(tmp_path):
    write(tmp_path, "a/1.txt", "b/1.txt", "3.txt", "4.txt", "labels.csv")

    found = NOTES.by_class(tmp_path)

    assert len(found.files) == 2
    assert list(NOTES.rest(found.empty, found.others, found.loose)) == [
        "Files that are no notes are left out: 1 .csv.",
        "2 notes beside the class folders, of no class, left out: 3.txt, …",
    ]


def test_a_link_back_multiplies_nothing(tmp_path):
    write(tmp_path, "a/1.txt", "b/1.txt")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    (tmp_path / "b" / "up").symlink_to(tmp_path)

    found = NOTES.by_class(tmp_path)

    assert [each.parent.name for each in found.files if each.parent.parent == tmp_path] == [
        "a",
        "b",
    ]
    assert len(found.files) == 3  # that of a is reached from b, once
