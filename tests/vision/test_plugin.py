from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

import archivolt_vision
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import kind_of


def components() -> list[type]:
    return [
        *archivolt_vision.archivolt_blocks(),
        *archivolt_vision.archivolt_sources(),
        *archivolt_vision.archivolt_augmentations(),
    ]


@pytest.mark.parametrize("component", components(), ids=lambda each: each.name)
def test_every_component_passes_the_checks_of_registration(component: type):
    assert list(faults(component, kind_of(component))) == []


def test_every_preset_is_a_yaml_file_that_is_there():
    presets = list(archivolt_vision.archivolt_presets())

    assert [each.name for each in presets] == ["image", "image_tiny", "ensemble_only"]
    for preset in presets:
        assert "space" in yaml.safe_load(preset.path.read_text())


def test_presets_name_augmentations_that_exist():
    known = {each.name for each in archivolt_vision.archivolt_augmentations()}

    for preset in archivolt_vision.archivolt_presets():
        recipe = yaml.safe_load(preset.path.read_text())["space"].get("recipe", {})
        assert {name for choice in recipe.get("augmentation", ()) for name in choice} <= known


def test_importing_the_pack_and_asking_for_its_components_loads_no_tensorflow():
    program = (
        "import sys, archivolt_vision as pack\n"
        "list(pack.archivolt_blocks())\n"
        "list(pack.archivolt_sources()), list(pack.archivolt_augmentations())\n"
        "print([name for name in ('tensorflow', 'keras', 'pandas', 'PIL') if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
