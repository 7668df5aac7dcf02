from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

import archivolt_audio
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import kind_of


def components() -> list[type]:
    return [*archivolt_audio.archivolt_sources(), *archivolt_audio.archivolt_augmentations()]


@pytest.mark.parametrize("component", components(), ids=lambda each: each.name)
def test_every_component_passes_the_checks_of_registration(component: type):
    assert list(faults(component, kind_of(component))) == []


def test_every_preset_is_a_yaml_file_that_is_there():
    presets = list(archivolt_audio.archivolt_presets())

    assert [each.name for each in presets] == ["audio", "keyword", "keyword_streaming"]
    for preset in presets:
        assert "space" in yaml.safe_load(preset.path.read_text())


def test_presets_name_augmentations_that_exist():
    known = {each.name for each in archivolt_audio.archivolt_augmentations()}

    named = set()
    for preset in archivolt_audio.archivolt_presets():
        recipe = yaml.safe_load(preset.path.read_text())["space"].get("recipe", {})
        named |= {name for choice in recipe.get("augmentation", ()) for name in choice}
    assert named
    assert named <= known


def test_importing_the_pack_and_asking_for_its_components_loads_no_tensorflow():
    program = (
        "import sys, archivolt_audio as pack\n"
        "list(pack.archivolt_sources()), list(pack.archivolt_augmentations())\n"
        "heavy = ('tensorflow', 'tensorflow_io', 'keras', 'scipy', 'soundfile')\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
