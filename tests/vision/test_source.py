from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archivolt.components.source import PICTURE, Input
from archivolt.errors import DataError
from archivolt.values.encoding import canonical_json
from archivolt_vision.source import ImageFolderSource, channel_statistics


def test_photographs_in_train_and_test_are_read(signs: Path):
    dataset = ImageFolderSource(str(signs), size=(32, 32)).read()

    assert dataset.inputs == (Input("picture", PICTURE, (32, 32, 3), "uint8"),)
    assert dataset.features["picture"].shape == (60, 32, 32, 3)
    assert dataset.features["picture"].dtype == np.uint8
    assert dataset.class_names == ("0", "1", "3", "5", "9")
    assert np.unique(dataset.labels, return_counts=True)[1].tolist() == [12] * 5
    assert dataset.test is not None
    assert dataset.test.rows == 20
    assert any("kept for the report" in note for note in dataset.notes)
    # Lit hands before a wall: neither black nor noise.
    assert 120 < dataset.features["picture"].mean() < 220


def test_size_and_channels_are_chosen_and_told(signs: Path, two_classes: Path):
    photographs = ImageFolderSource(str(signs)).read()
    grey = ImageFolderSource(str(two_classes)).read()

    assert photographs.features["picture"].shape[1:] == (64, 64, 3)
    assert any("64 x 64 pixels" in note for note in photographs.notes)
    assert grey.features["picture"].shape[1:] == (12, 16, 1)
    assert any("read as grey" in note for note in grey.notes)


def test_rows_are_named_by_their_files(two_classes: Path):
    dataset = ImageFolderSource(str(two_classes)).read()

    assert dataset.row_names == ("a/1.png", "a/2.png", "b/1.png", "b/2.png")
    assert dataset.take(np.array([3, 0])).row_names == ("b/2.png", "a/1.png")


def test_reading_twice_gives_the_same(signs: Path):
    once, again = (ImageFolderSource(str(signs), size=(24, 24)).read() for _ in range(2))

    assert np.array_equal(once.features["picture"], again.features["picture"])
    assert once.row_names == again.row_names


def test_a_corrupt_picture_is_named_skipped_and_counted(two_classes: Path):
    (two_classes / "a" / "2.png").write_bytes(b"nonsense")

    dataset = ImageFolderSource(str(two_classes), corrupt_share=0.25).read()

    assert dataset.row_names == ("a/1.png", "b/1.png", "b/2.png")
    assert list(dataset.labels) == ["a", "b", "b"]
    note = next(each for each in dataset.notes if "cannot be read" in each)
    assert note.startswith("1 of 4 pictures")
    assert "a/2.png (no picture of a known format)" in note


def test_pictures_that_are_not_alike_are_made_so_and_counted(two_classes: Path, paint):
    paint("a/3.png", (10, 20, 30), (24, 32), "RGB")
    paint("a/4.png", (10, 20, 30, 0), (12, 16), "RGBA")
    Image.fromarray(np.full((12, 16), 60000, np.uint16)).save(two_classes / "b" / "3.png")
    whole = (two_classes / "a" / "3.png").read_bytes()
    (two_classes / "b" / "4.png").write_bytes(whole[:60])

    dataset = ImageFolderSource(str(two_classes), size=(12, 12), corrupt_share=0.2).read()

    names = dict(zip(dataset.row_names, dataset.features["picture"], strict=True))
    assert dataset.features["picture"].shape == (7, 12, 12, 3)
    assert (names["a/3.png"][6, 6] == [10, 20, 30]).all()
    assert (names["a/4.png"][6, 6] == 255).all()
    assert (names["b/3.png"][6, 6] == round(60000 / 257)).all()
    told = "\n".join(dataset.notes)
    assert "1 of 8 pictures cannot be read and are left out: " in told
    assert "b/4.png (" in told
    assert (
        "Pictures of pictures come in 2 sizes, from 12 x 16 to 24 x 32 pixels, and are made "
        "12 x 12; black borders fill another ratio of the sides." in told
    )
    assert "5 of 7 pictures of pictures are grey: their channel is taken thrice." in told
    assert "1 of 7 pictures of pictures have more than 8 bits a channel" in told
    assert "1 of 7 pictures of pictures have transparent pixels: they are put on white." in told


def test_of_pictures_that_are_alike_nothing_is_told(two_classes: Path):
    notes = ImageFolderSource(str(two_classes)).read().notes

    assert not [each for each in notes if "pictures of" in each.lower()]


def test_coloured_pictures_that_are_read_as_grey_are_counted(two_classes: Path, paint):
    paint("a/3.png", (10, 20, 30), mode="RGB")

    notes = ImageFolderSource(str(two_classes), channels=1).read().notes

    assert "1 of 5 pictures of pictures are coloured and are read as grey." in notes


def test_too_many_corrupt_pictures_are_an_error_that_names_them(two_classes: Path):
    (two_classes / "a" / "2.png").write_bytes(b"nonsense")

    with pytest.raises(
        DataError, match=r"1 of 4 pictures cannot be read: .*a/2\.png.*corrupt_share"
    ):
        ImageFolderSource(str(two_classes)).read()


def test_a_class_of_which_nothing_can_be_read_is_an_error(two_classes: Path):
    for path in (two_classes / "a").iterdir():
        path.write_bytes(b"nonsense")

    with pytest.raises(DataError, match="no picture of the class 'a' can be read"):
        ImageFolderSource(str(two_classes), corrupt_share=0.9).read()


def test_a_test_folder_is_held_back_and_is_no_class(two_classes: Path, paint):
    paint("held/a/9.png", 7)
    paint("held/b/9.png", 8)

    dataset = ImageFolderSource(str(two_classes), test=str(two_classes / "held")).read()

    assert dataset.class_names == ("a", "b")
    assert dataset.test is not None
    assert dataset.test.features["picture"][:, 0, 0, 0].tolist() == [7, 8]


def test_a_class_of_the_test_folder_must_be_trained_on(two_classes: Path, paint, tmp_path: Path):
    for name in ("../held/a/1.png", "../held/bb/1.png"):
        paint(name)

    with pytest.raises(DataError, match="class 'bb' has no pictures to train on"):
        ImageFolderSource(str(two_classes), test=str(tmp_path / "held")).read()


def test_a_split_by_column_is_refused(two_classes: Path):
    with pytest.raises(DataError, match=r"no column 'household'.*data\.test"):
        ImageFolderSource(str(two_classes)).read(group="household")


def test_new_pictures_are_made_like_the_training_pictures(signs: Path):
    source = ImageFolderSource(str(signs), size=(20, 24))
    training = source.read()

    loose = source.read_new(signs / "test" / "3", training.inputs, training.targets)
    classes = source.read_new(signs / "test", training.inputs, training.targets)
    single = source.read_new(signs / "test" / "3" / loose.row_names[0], training.inputs, ("class",))

    assert loose.features["picture"].shape == (4, 20, 24, 3)
    assert loose.labels is None
    assert list(classes.labels)[::4] == ["0", "1", "3", "5", "9"]
    assert training.test is not None
    assert np.array_equal(classes.features["picture"], training.test.features["picture"])
    assert np.array_equal(single.features["picture"], loose.features["picture"][:1])


def test_the_configuration_is_plain_data(signs: Path):
    source = ImageFolderSource("pictures", size=[32, 48], channels=1)

    assert json.loads(canonical_json(source))["size"] == [32, 48]
    assert ImageFolderSource("pictures", size=64).size == (64, 64)
    with pytest.raises(ValueError, match="height and width in pixels"):
        ImageFolderSource("pictures", size=(0, 3))


def test_statistics_are_those_of_the_pixels():
    pictures = np.random.default_rng(0).integers(0, 256, (300, 5, 4, 3), dtype=np.uint8)
    pictures[..., 2] = 51

    mean, variance = channel_statistics(pictures)

    assert np.allclose(mean, (pictures / 255).mean(axis=(0, 1, 2)))
    assert np.allclose(variance[:2], (pictures[..., :2] / 255).var(axis=(0, 1, 2)))
    assert variance[2] == 1.0  # a channel that never changes is not blown up


def test_the_front_end_normalises_by_the_training_rows_alone_and_loads_without_archivolt(
    signs: Path, tmp_path: Path
):
    import keras

    source = ImageFolderSource(str(signs), size=(16, 16))
    dataset = source.read()
    training = dataset.take(np.arange(0, 60, 2))

    front_end = source.front_end(training)

    raw = training.features["picture"]
    normalised = keras.ops.convert_to_numpy(front_end.model({"picture": raw})["features"])
    assert front_end.features.shape == (16, 16, 3)
    assert np.allclose(normalised.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    assert np.allclose(normalised.std(axis=(0, 1, 2)), 1, atol=1e-4)
    front_end.model.save(tmp_path / "front_end.keras")
    np.savez(tmp_path / "pictures.npz", raw=raw, normalised=normalised)
    program = (
        "import keras, numpy as np, sys\n"
        "model = keras.saving.load_model('front_end.keras', safe_mode=True)\n"
        "file = np.load('pictures.npz')\n"
        "same = np.allclose(model({'picture': file['raw']})['features'], file['normalised'])\n"
        "sys.exit(0 if same and not any('archivolt' in name for name in sys.modules) else 3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_pictures_without_a_class_are_kept_apart(two_classes: Path):
    bare = two_classes / "unknown"
    bare.mkdir()
    for number, path in enumerate(sorted((two_classes / "a").iterdir())):
        (bare / f"{number}.png").write_bytes(path.read_bytes())

    dataset = ImageFolderSource(two_classes, unlabelled=bare).read()

    assert dataset.class_names == ("a", "b")
    assert dataset.unlabelled.labels is None
    assert np.array_equal(dataset.unlabelled.features["picture"], dataset.features["picture"][:2])
