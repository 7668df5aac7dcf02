from __future__ import annotations

import re
from pathlib import Path

import pytest

from archivolt.errors import DataError
from archivolt_audio.scanning import has_recordings, list_classes, list_new

BY_NAME = re.compile(r"(?P<label>[a-z]+)_(?P<take>\d)")


def test_each_folder_is_a_class_in_the_order_of_names(two_classes: Path):
    listing = list_classes(two_classes)

    assert listing.classes == ("a", "b")
    assert listing.labels == ("a", "a", "b", "b")
    assert [each.name for each in listing.files] == ["x_1.wav", "y_2.wav", "x_1.wav", "y_2.wav"]


def test_file_names_tell_the_class_where_they_are_said_to(two_classes: Path):
    listing = list_classes(two_classes, BY_NAME)

    assert listing.classes == ("x", "y")
    assert listing.labels == ("x", "y", "x", "y")
    assert listing.parts(BY_NAME, "take") == ("1", "2", "1", "2")


def test_a_file_whose_name_does_not_fit_is_set_apart(two_classes: Path):
    (two_classes / "a" / "x_1.wav").rename(two_classes / "a" / "noise.wav")

    listing = list_classes(two_classes, BY_NAME)

    assert listing.unnamed == (two_classes / "a" / "noise.wav",)
    assert listing.labels == ("y", "x", "y")


def test_a_part_of_the_path_may_be_a_folder(two_classes: Path):
    by_folder = re.compile(r"^(?P<speaker>[ab])/")

    assert list_classes(two_classes, by_folder).parts(by_folder, "speaker") == ("a", "a", "b", "b")


def test_names_that_fit_no_file_are_told_with_the_first_file(two_classes: Path):
    with pytest.raises(DataError, match=r"none of 4 file names holds .*first is 'a/x_1\.wav'"):
        list_classes(two_classes, re.compile(r"(?P<speaker>\d\d)_"))


def test_a_part_that_names_do_not_have_is_told_with_the_nearest(two_classes: Path):
    with pytest.raises(DataError, match=r"no part 'tale' .*Did you mean 'take'"):
        list_classes(two_classes, BY_NAME).parts(BY_NAME, "tale")


def test_what_file_managers_leave_behind_is_no_class_and_no_recording(two_classes: Path):
    (two_classes / ".DS_Store").write_bytes(b"x")
    (two_classes / "a" / "._x_1.wav").write_bytes(b"x")
    (two_classes / "__MACOSX").mkdir()
    (two_classes / "__MACOSX" / "1.wav").write_bytes(b"x")

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


def test_an_empty_folder_is_told(tmp_path: Path):
    with pytest.raises(DataError, match=r"the folder is empty\. Expected is a folder per class"):
        list_classes(tmp_path)


def test_a_folder_with_one_class_is_told_with_its_name(two_classes: Path):
    for path in (two_classes / "b").iterdir():
        path.unlink()

    with pytest.raises(DataError, match=r"one class alone, 'a' \(2 recordings\)"):
        list_classes(two_classes)


def test_recordings_without_class_folders_are_told_with_both_layouts(two_classes: Path):
    with pytest.raises(DataError) as told:
        list_classes(two_classes / "a")

    assert "2 recordings lie in the folder itself" in str(told.value)
    assert "the first is 'x_1.wav'" in str(told.value)
    assert "--set data.names='(?P<label>[^_]+)_" in str(told.value)


def test_folders_without_recordings_are_told_with_what_they_hold(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.m4a").write_bytes(b"1")

    with pytest.raises(DataError, match=r"none of its 1 folders .*There are 1 \.m4a; read are"):
        list_classes(tmp_path)


def test_a_missing_folder_and_a_file_are_told(two_classes: Path):
    with pytest.raises(DataError, match="no such folder"):
        list_classes(two_classes / "nowhere")
    with pytest.raises(DataError, match="this is a file"):
        list_classes(two_classes / "a" / "x_1.wav")


def test_new_recordings_have_labels_only_where_each_tells_its_own(two_classes: Path):
    assert list_new(two_classes).labels == ("a", "a", "b", "b")
    assert list_new(two_classes / "a").labels is None
    assert list_new(two_classes / "a", BY_NAME).labels == ("x", "y")
    assert list_new(two_classes / "a" / "x_1.wav").labels is None
    (two_classes / "a" / "x_1.wav").rename(two_classes / "noise.wav")
    assert list_new(two_classes).labels is None
    assert list_new(two_classes, BY_NAME).labels is None


def test_a_folder_is_recognised_by_a_recording_somewhere_below_it(
    two_classes: Path, tmp_path: Path
):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.csv").write_text("1")

    assert has_recordings(two_classes)
    assert has_recordings(two_classes / "a")
    assert not has_recordings(tmp_path / "texts")
    assert not has_recordings(tmp_path / "texts" / "a.csv")
