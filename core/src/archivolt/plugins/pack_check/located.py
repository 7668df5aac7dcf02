"""Locating a pack: a folder, a wheel or an installed distribution, described alike."""

from __future__ import annotations

import email
import tomllib
import zipfile
from collections.abc import Mapping
from configparser import ConfigParser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from attrs import field, frozen

from archivolt.errors import PackError, nearest
from archivolt.plugins import discovery
from archivolt.plugins.commands import GROUP as COMMANDS

FOLDER = "folder"
WHEEL = "wheel"
INSTALLED = "installed"


@frozen
class LocatedPack:
    """A pack and what its metadata say, whether it is installed or not."""

    form: str  # FOLDER, WHEEL, INSTALLED
    place: str  # of the metadata, as messages name it
    name: str
    version: str = ""  # "": made by its build back end
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    entry_points: Mapping[str, str] = field(factory=dict)  # of the group `archivolt`
    commands: Mapping[str, str] = field(factory=dict)
    readme: str = ""
    dynamic: frozenset[str] = frozenset()  # what only the wheel will say
    paths: tuple[str, ...] = ()  # to be put before the import path


def locate(target: str, scratch: Path) -> LocatedPack:
    """Find a pack.

    Args:
        target: A folder with a `pyproject.toml`, a wheel, or the name of what is installed: a
            distribution or an entry point. A folder goes before a name.
        scratch: Where a wheel may be unpacked; empty.

    Raises:
        PackError: there is no such pack, or its metadata cannot be read.
    """
    path = Path(target)
    if path.suffix == ".whl":
        return _wheel(path, scratch)
    if (path / "pyproject.toml").is_file():
        return _folder(path)
    found = _installed(target)
    if found is not None:
        return found
    if path.is_dir():
        raise PackError(target, "has no pyproject.toml.", "Name the folder of the distribution.")
    known = list(discovery.labels(each.origin for each in discovery.installed()))
    raise PackError(
        target, "is no folder, no wheel, and no installed plugin.", nearest(target, known)
    )


def _folder(folder: Path) -> LocatedPack:
    place = folder / "pyproject.toml"
    try:
        document = tomllib.loads(place.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(str(place), f"is no TOML: {error}.") from error
    project = document.get("project")
    if not isinstance(project, dict) or "name" not in project:
        raise PackError(
            str(place),
            "has no table [project] with a name.",
            "Where a setup.py has it, build the wheel and check that.",
        )
    source = folder / "src" if (folder / "src").is_dir() else folder
    groups = project.get("entry-points", {})
    return LocatedPack(
        FOLDER,
        str(place),
        str(project["name"]),
        str(project.get("version", "")),
        tuple(project.get("dependencies", ())),
        str(project.get("requires-python", "")),
        dict(groups.get(discovery.GROUP, {})),
        dict(groups.get(COMMANDS, {})),
        _readme_of(folder, project.get("readme")),
        frozenset(project.get("dynamic", ())),
        (str(source.resolve()),),
    )


def _readme_of(folder: Path, stated: Any) -> str:
    if isinstance(stated, dict):
        if "text" in stated:
            return str(stated["text"])
        stated = stated.get("file")
    if not stated:
        return ""
    try:
        return (folder / str(stated)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _wheel(path: Path, scratch: Path) -> LocatedPack:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(scratch)
    except (OSError, zipfile.BadZipFile) as error:
        raise PackError(str(path), f"is no wheel that can be read: {error}.") from error
    infos = sorted(scratch.glob("*.dist-info"))
    if not infos or not (infos[0] / "METADATA").is_file():
        raise PackError(str(path), "is no wheel: it has no METADATA.")
    found = Distribution.at(infos[0])
    return _described(found, WHEEL, str(path), (str(scratch.resolve()),))


def _installed(target: str) -> LocatedPack | None:
    try:
        found = distribution(target)
    except (PackageNotFoundError, ValueError):
        named = [each for each in discovery.installed() if each.origin.answers_to(target)]
        if not named or named[0].entry_point.dist is None:
            return None
        found = named[0].entry_point.dist
    return _described(found, INSTALLED, found.metadata["Name"], ())


def _described(found: Distribution, form: str, place: str, paths: tuple[str, ...]) -> LocatedPack:
    text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    metadata = email.message_from_string(text)
    groups = ConfigParser(delimiters=("=",))
    groups.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    groups.read_string(found.read_text("entry_points.txt") or "")
    return LocatedPack(
        form,
        place,
        str(metadata["Name"]),
        str(metadata["Version"]),
        tuple(metadata.get_all("Requires-Dist") or ()),
        str(metadata["Requires-Python"] or ""),
        dict(groups[discovery.GROUP]) if discovery.GROUP in groups else {},
        dict(groups[COMMANDS]) if COMMANDS in groups else {},
        str(metadata["Description"] or metadata.get_payload() or ""),
        paths=paths,
    )
