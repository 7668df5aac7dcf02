from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.errors import DataError
from archivolt_vision.scanning import has_pictures, list_classes, list_new


def test_each_folder_is_a_class_in_the_order_of_names(two_classes: Path):
    listing = list_classes(two_classes)

    assert listing.classes == ("a", "b")
    assert listing.labels == ("a", "a", "b", "b")
    assert [each.name for each in listing.files] == ["1.png", "2.png", "1.png", "2.png"]


def test_what_file_managers_leave_behind_is_no_class_and_no_picture(two_classes: Path):
    (two_classes / ".DS_Store").write_bytes(b"x")
    (two_classes / "a" / "._1.png").write_bytes(b"x")
    (two_classes / "a" / "Thumbs.db").write_bytes(b"x")
    (two_classes / "__MACOSX").mkdir()
    (two_classes / "__MACOSX" / "1.png").write_bytes(b"x")

    listing = list_classes(two_classes)

    assert listing.classes == ("a", "b")
    assert len(listing.files) == 4
    assert not listing.others


def test_other_files_and_empty_folders_are_counted(two_classes: Path):
    (two_classes / "a" / "notes.txt").write_text("hello")
    (two_classes / "c").mkdir()

    listing = list_classes(two_classes)

    assert listing.others == {".txt": 1}
    assert listing.empty == ("c",)


def test_pictures_in_folders_inside_a_class_belong_to_it(two_classes: Path):
    (two_classes / "a" / "more").mkdir()
    (two_classes / "a" / "1.png").rename(two_classes / "a" / "more" / "1.png")

    assert list_classes(two_classes).labels == ("a", "a", "b", "b")


def test_an_empty_folder_is_told(tmp_path: Path):
    with pytest.raises(DataError, match=r"the folder is empty\. Expected is a folder per class"):
        list_classes(tmp_path)


def test_a_folder_with_one_class_is_told_with_its_name(two_classes: Path):
    for path in (two_classes / "b").iterdir():
        path.unlink()

    with pytest.raises(DataError, match=r"one class alone, 'a' \(2 pictures\)"):
        list_classes(two_classes)


def test_pictures_without_class_folders_are_told_with_the_layout_that_is_expected(
    two_classes: Path,
):
    with pytest.raises(
        DataError, match=r"2 pictures lie in the folder itself.*pictures/cat/1\.jpg"
    ):
        list_classes(two_classes / "a")


def test_folders_without_pictures_are_told_with_what_they_hold(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.csv").write_text("1,2")

    with pytest.raises(DataError, match=r"none of its 1 folders .*There are 1 \.csv; read are"):
        list_classes(tmp_path)


def test_a_missing_folder_and_a_file_are_told(tmp_path: Path):
    with pytest.raises(DataError, match="no such folder"):
        list_classes(tmp_path / "nowhere")
    (tmp_path / "x.jpg").write_bytes(b"x")
    with pytest.raises(DataError, match="this is a file"):
        list_classes(tmp_path / "x.jpg")


def test_new_pictures_have_labels_only_where_each_lies_in_a_class_folder(two_classes: Path):
    assert list_new(two_classes).labels == ("a", "a", "b", "b")
    assert list_new(two_classes / "a").labels is None
    (two_classes / "a" / "1.png").rename(two_classes / "1.png")
    assert list_new(two_classes).labels is None


def test_a_folder_is_recognised_by_a_picture_somewhere_below_it(two_classes: Path, tmp_path: Path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.csv").write_text("1")

    assert has_pictures(two_classes)
    assert has_pictures(two_classes / "a")
    assert not has_pictures(tmp_path / "texts")
    assert not has_pictures(tmp_path / "texts" / "a.csv")
