from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archivolt.components.source import RECORDING, Input
from archivolt.errors import DataError
from archivolt_audio.source import AudioFolderSource

SPEAKER = r"_(?P<speaker>[a-z]+)_"


@pytest.fixture(autouse=True)
def _by_soundfile(by_soundfile):
    pass


def test_recordings_in_train_and_test_are_read(digits: Path):
    dataset = AudioFolderSource(digits, length=0.5).read()

    assert dataset.inputs == (Input("recording", RECORDING, (4000,), "float32", "8000 Hz"),)
    assert dataset.features["recording"].shape == (60, 4000)
    assert dataset.features["recording"].dtype == np.float32
    assert dataset.class_names == ("0", "2", "5", "8")
    assert np.unique(dataset.labels, return_counts=True)[1].tolist() == [15] * 4
    assert dataset.test is not None
    assert dataset.test.rows == 20
    assert any("kept for the report" in note for note in dataset.notes)
    # Speech: neither silence nor full scale throughout.
    assert 0.01 < dataset.features["recording"].std() < 0.3


def test_rate_and_length_are_chosen_and_told(digits: Path):
    dataset = AudioFolderSource(digits).read()

    assert dataset.inputs[0].style == "8000 Hz"
    assert any("read at 8,000 samples a second" in note for note in dataset.notes)
    seconds = dataset.features["recording"].shape[1] / 8000
    assert any(f"made {seconds:g} s long" in note for note in dataset.notes)


def test_how_recordings_are_decoded_is_told_with_the_reason(two_classes: Path):
    (note,) = [each for each in AudioFolderSource(two_classes).read().notes if "decoded" in each]

    assert "soundfile" in note
    assert "tensorflow-io is not installed" in note


def test_another_rate_and_length_may_be_set(two_classes: Path):
    dataset = AudioFolderSource(two_classes, sample_rate=4000, length=0.25).read()

    assert dataset.features["recording"].shape == (4, 1000)
    assert dataset.inputs[0].style == "4000 Hz"


def test_rows_are_named_by_their_files(two_classes: Path):
    names = ("a/x_1.wav", "a/y_2.wav", "b/x_1.wav", "b/y_2.wav")
    assert AudioFolderSource(two_classes).read().row_names == names


def test_speakers_are_groups_of_the_split(digits: Path):
    dataset = AudioFolderSource(digits, names=SPEAKER).read(group="speaker")

    assert dataset.groups is not None
    assert sorted(set(dataset.groups)) == ["george", "jackson", "lucas", "nicolas", "yweweler"]
    assert all(
        speaker in name for speaker, name in zip(dataset.groups, dataset.row_names, strict=True)
    )


def test_groups_stay_beside_their_rows_where_one_is_left_out(two_classes: Path):
    (two_classes / "a" / "x_1.wav").write_bytes(b"nonsense")
    names = r"(?P<speaker>[xy])_"

    dataset = AudioFolderSource(two_classes, names=names, corrupt_share=0.5).read(group="speaker")

    assert dataset.groups is not None
    assert dataset.groups.tolist() == ["y", "x", "y"]


def test_a_group_that_names_do_not_tell_is_told_with_how_to(digits: Path):
    with pytest.raises(DataError, match=r"no part 'speaker' .*data\.names: '\(\?P<speaker>"):
        AudioFolderSource(digits).read(group="speaker")
    with pytest.raises(DataError, match=r"no part 'speakers' .*Did you mean 'speaker'"):
        AudioFolderSource(digits, names=SPEAKER).read(group="speakers")


def test_there_is_no_time_to_split_by(digits: Path):
    with pytest.raises(DataError, match=r"no column 'day' to order by\. Leave out split\.time"):
        AudioFolderSource(digits).read(time="day")


def test_labels_may_stand_in_file_names(two_classes: Path):
    dataset = AudioFolderSource(two_classes, names=r"(?P<label>[xy])_").read()

    assert dataset.class_names == ("x", "y")
    assert list(dataset.labels) == ["x", "y", "x", "y"]


def test_what_cannot_be_used_is_named_counted_and_left_out(two_classes: Path, record):
    (two_classes / "a" / "y_2.wav").write_bytes(b"nonsense")
    record("b/silence.wav", np.zeros(800, np.float32))
    (two_classes / "b" / "empty.wav").touch()

    dataset = AudioFolderSource(two_classes, corrupt_share=0.5).read()

    assert dataset.row_names == ("a/x_1.wav", "b/x_1.wav", "b/y_2.wav")
    assert list(dataset.labels) == ["a", "b", "b"]
    note = next(each for each in dataset.notes if "cannot be used" in each)
    assert note.startswith("3 of 6 recordings")
    assert "silence.wav (silence)" in note
    assert "empty.wav (an empty file)" in note


def test_too_many_that_cannot_be_used_are_an_error(two_classes: Path):
    (two_classes / "a" / "y_2.wav").write_bytes(b"nonsense")

    with pytest.raises(DataError, match=r"1 of 4 recordings cannot be used: .*corrupt_share=0\.05"):
        AudioFolderSource(two_classes).read()


def test_names_that_do_not_fit_count_among_them(two_classes: Path):
    (two_classes / "a" / "x_1.wav").rename(two_classes / "a" / "noise.wav")
    source = AudioFolderSource(two_classes, names=r"(?P<speaker>[xy])_", corrupt_share=0.3)

    dataset = source.read()

    assert dataset.rows == 3
    assert any("noise.wav (its name does not hold data.names)" in each for each in dataset.notes)


def test_a_class_of_which_nothing_is_left_is_an_error(two_classes: Path):
    for name in ("x_1", "y_2"):
        (two_classes / "a" / f"{name}.wav").write_bytes(b"nonsense")

    with pytest.raises(DataError, match="no recording of the class 'a' can be used"):
        AudioFolderSource(two_classes, corrupt_share=0.5).read()


def test_silence_may_be_a_class(two_classes: Path, record):
    record("silence/1.wav", np.zeros(800, np.float32))

    dataset = AudioFolderSource(two_classes, silence="keep").read()

    assert dataset.class_names == ("a", "b", "silence")
    assert dataset.rows == 5


def test_a_folder_in_which_nothing_can_be_read_is_told(two_classes: Path):
    for path in two_classes.rglob("*.wav"):
        path.write_bytes(b"nonsense")

    with pytest.raises(DataError, match="none of 4 files is a recording that can be read"):
        AudioFolderSource(two_classes).read()


def test_a_class_of_the_test_folder_alone_is_told(two_classes: Path, record, tmp_path: Path):
    record("../held/a/1.wav")
    record("../held/c/1.wav")

    with pytest.raises(DataError, match="class 'c' has no recordings to train on"):
        AudioFolderSource(two_classes, test=tmp_path / "held").read()


def test_new_recordings_are_made_as_those_of_the_training(two_classes: Path, record, tone):
    source = AudioFolderSource(two_classes)
    dataset = source.read()
    alone = record("../new/x.flac", tone(rate=16_000), 16_000)

    new = source.read_new(alone, dataset.inputs, dataset.targets)

    assert new.labels is None
    assert new.row_names == ("x.flac",)
    assert new.features["recording"].shape == (1, 4000)


def test_a_broken_new_recording_is_told(two_classes: Path, tmp_path: Path):
    source = AudioFolderSource(two_classes)
    dataset = source.read()
    (tmp_path / "new.wav").write_bytes(b"nonsense")

    with pytest.raises(DataError, match=r"1 of 1 recordings cannot be used: .*new\.wav"):
        source.read_new(tmp_path / "new.wav", dataset.inputs, dataset.targets)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"names": "("}, "names is no regular expression"),
        ({"names": "[a-z]+"}, r"names has no named part, such as \(\?P<label>"),
        ({"kind": "image", "mask": True}, "an image has no padded steps"),
        ({"features": "mfcc", "coefficients": 50}, "40 bins give no more than 40"),
        ({"length": 0.0}, "length"),
        ({"sample_rate": 8}, "sample_rate"),
        ({"features": "mels"}, "features"),
    ],
)
def test_fields_that_make_no_sense_are_told(fields: dict[str, object], told: str):
    with pytest.raises(ValueError, match=told):
        AudioFolderSource("recordings", **fields)
