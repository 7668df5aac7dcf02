from __future__ import annotations

import pytest

from archivolt.plugins.description import describe_name
from archivolt.plugins.registry import load_plugins
from archivolt_audio import missing


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch):
    def install(**installed: str) -> None:
        monkeypatch.setattr(
            missing, "version", lambda name: installed[name.replace("-", "_")], raising=True
        )

    return install


def everything(name: str) -> object:
    return name


def test_without_tensorflow_io_what_is_lost_is_told_and_how_to_get_it(monkeypatch):
    monkeypatch.setattr(missing.sys, "version_info", (3, 11))
    (note,) = missing.notes(lambda name: None if name == "tensorflow_io" else name)

    assert note.startswith("tensorflow-io is not installed. Recordings are then decoded by sound")
    assert "pip install 'tensorflow-io>=0.37.1' 'tensorflow>=2.17,<2.18'" in note


def test_where_no_wheel_can_be_had_no_install_is_recommended(monkeypatch):
    monkeypatch.setattr(missing.sys, "version_info", (3, 13))
    (note,) = missing.notes(lambda name: None if name == "tensorflow_io" else name)

    assert "pip install" not in note
    assert "no wheel" in note


def test_a_tensorflow_that_its_library_does_not_load_with_is_told(versions):
    versions(tensorflow_io="0.37.1", tensorflow="2.21.0")

    (note,) = missing.notes(everything)

    assert "tensorflow-io 0.37.1 does not load with TensorFlow 2.21.0" in note


@pytest.mark.parametrize(("own", "framework"), [("0.37.1", "2.17.1"), ("0.38.0", "2.21.0")])
def test_nothing_is_told_where_it_loads_or_may(versions, own: str, framework: str):
    versions(tensorflow_io=own, tensorflow=framework)

    assert list(missing.notes(everything)) == []


def test_without_soundfile_what_is_still_read_is_told(versions):
    versions(tensorflow_io="0.37.1", tensorflow="2.17.1")

    (note,) = missing.notes(lambda name: None if name == "soundfile" else name)

    assert "only wav of 16 bits is read" in note


def test_plugins_show_has_what_the_pack_tells():
    registry = load_plugins(warn=False)

    plugins = describe_name(registry, "audio")["plugins"]

    assert [each["notes"] for each in plugins] == [list(missing.notes())]
