"""Our own wheels: what is in them, and that each works with what it declares and nothing else."""

from __future__ import annotations

import email
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
FOLDERS = {
    tomllib.loads(path.read_text())["project"]["name"]: path.parent
    for path in [
        ROOT / "core" / "pyproject.toml",
        *ROOT.glob("builtin_*/pyproject.toml"),
        *ROOT.glob("plugins/*/pyproject.toml"),
    ]
}
PACKS = sorted(set(FOLDERS) - {"archivolt-core"})
AUDIO = "archivolt-audio"
RECORDINGS = ROOT / "tests" / "data" / "spoken_digits"

IMPORT_ALL = """
import importlib, pkgutil, {package} as package
for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not each.name.startswith("archivolt.testing"):
        importlib.import_module(each.name)
"""


class Wheel:
    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.names = archive.namelist()
            (info,) = {name.partition("/")[0] for name in self.names if ".dist-info/" in name}
            self.metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
            self.entry_points = ConfigParser()
            if f"{info}/entry_points.txt" in self.names:
                self.entry_points.read_string(archive.read(f"{info}/entry_points.txt").decode())

    @property
    def requires(self) -> list[str]:
        return self.metadata.get_all("Requires-Dist") or []

    @property
    def commands(self) -> list[str]:
        group = "archivolt.commands"
        return [*self.entry_points[group]] if group in self.entry_points else []

    @property
    def packages(self) -> set[str]:
        return {name.partition("/")[0] for name in self.names if ".dist-info/" not in name}


@pytest.mark.parametrize("name", [*PACKS, "archivolt-core"])
def test_a_wheel_holds_its_package_and_says_what_it_is(wheel_of, name):
    wheel = Wheel(wheel_of(name))
    package = "archivolt" if name == "archivolt-core" else name.replace("-", "_")

    assert wheel.packages == {package}
    assert f"{package}/py.typed" in wheel.names
    assert wheel.metadata["Name"] == name
    assert wheel.metadata["License-Expression"] == "Apache-2.0"
    assert wheel.metadata["Requires-Python"] == ">=3.11"
    assert len(wheel.metadata.get_payload()) > 100  # the README
    (module,) = dict(wheel.entry_points["archivolt"]).values()
    assert module.partition(".")[0] == package
    shipped = {path.name for path in FOLDERS[name].glob("src/*/presets/*.yaml")}
    assert shipped <= {Path(each).name for each in wheel.names}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_states_the_range_of_core_it_was_written_for(wheel_of, name):
    core, pack = Wheel(wheel_of("archivolt-core")), Wheel(wheel_of(name))
    version = core.metadata["Version"]

    (requirement,) = [
        each for each in map(Requirement, pack.requires) if each.name == "archivolt-core"
    ]
    assert pack.metadata["Version"] == version
    assert requirement.specifier.contains(version)
    assert not requirement.specifier.contains("0.2")


def test_core_knows_its_own_version(wheel_of):
    from archivolt import __version__

    assert Wheel(wheel_of("archivolt-core")).metadata["Version"] == __version__


def test_the_metapackage_brings_core_and_every_pack(wheel_of):
    wheel = Wheel(wheel_of("archivolt"))

    assert wheel.packages == set()
    assert {Requirement(each).name for each in wheel.requires} == set(FOLDERS)


def test_core_alone_has_its_command_and_its_executors(wheel_of, environment):
    wheel = wheel_of("archivolt-core")
    environment.install(wheel)
    environment.link(Wheel(wheel).requires)

    assert "Usage" in environment.run("archivolt", "--help")
    plugins = environment.plugins()
    assert set(plugins) == {"archivolt-core"}
    assert plugins["archivolt-core"]["status"] == "loaded"
    assert "core:local" in plugins["archivolt-core"]["components"]
    environment.run("python", "-c", IMPORT_ALL.format(package="archivolt"))


@pytest.fixture
def installed(wheel_of, environment):
    """Install a pack, with what it declares and nothing else, and look at all that it has."""

    def install(name):
        pack = Wheel(wheel_of(name))
        siblings = {Requirement(each).name for each in pack.requires} & set(FOLDERS)
        wheels = [wheel_of(each) for each in (name, *siblings)]
        environment.install(*wheels)
        environment.link([each for wheel in wheels for each in Wheel(wheel).requires])

        plugin = environment.plugins()[name]

        assert (plugin["status"], plugin["cause"]) == ("loaded", None)
        commands = pack.commands
        assert plugin["components"] or commands
        for word in commands:
            assert "Usage" in environment.run("archivolt", word, "--help")
        environment.run("python", "-c", IMPORT_ALL.format(package=name.replace("-", "_")))
        return environment

    return install


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in PACKS if each != AUDIO])
def test_a_pack_works_with_what_it_declares_alone(installed, name):
    installed(name)


@pytest.mark.slow
def test_the_audio_pack_alone_searches_recordings_and_export_takes_what_it_finds(
    installed, wheel_of
):
    environment = installed(AUDIO)
    components = environment.plugins()[AUDIO]["components"]
    assert {"audio:audio_folder", "audio:residual_svdf"} <= set(components)
    shown = environment.run("archivolt", "plugins", "show", "keyword")
    assert "Small networks that tell spoken words apart." in shown
    options = (
        "--preset", "keyword", "--max-parameters", "60000", "--run", "runs/a", "--trials", "1",
        "--set", "executor=inline", "--set", "data.bins=10", "--set", "space.recipe.epochs=1",
        "--set", "space.blocks=[{name: conv1d, filters: 16, kernel: 5}]",
    )  # fmt: skip

    searched = environment.run("archivolt", "search", RECORDINGS, *options)

    assert "rows that took part in no choice" in searched
    environment.install(wheel_of("archivolt-export"))
    environment.link(["ai-edge-litert"])
    exporting = ("--format", "litert", "--int8", "-o", "model.tflite")
    exported = environment.run("archivolt", "export", "runs/a", *exporting)
    for told in ("size:", "latency:", "accuracy:", "before", "exported"):
        assert told in exported
