"""What the metadata of a pack say: its entry point, and the versions it works with."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from archivolt import __version__
from archivolt.plugins.discovery import CORE, GROUP
from archivolt.plugins.new_pack import core_range
from archivolt.plugins.pack_check.located import WHEEL, LocatedPack
from archivolt.plugins.pack_check.verdict import ENTRY_POINT, FAIL, PASS, VERSIONS, WARN, Verdict

OLDEST_PYTHON = "3.11"  # that core runs on


def check_entry_points(pack: LocatedPack) -> Iterator[Verdict]:
    """Tell whether Archivolt would find the pack once it is installed."""
    for name, value in pack.entry_points.items():
        yield Verdict(PASS, ENTRY_POINT, f'{name} = "{value}"')
    for name, value in pack.commands.items():
        yield Verdict(PASS, ENTRY_POINT, f'the command `archivolt {name}` is "{value}"')
    if pack.entry_points or pack.commands:
        return
    if "entry-points" in pack.dynamic:
        yield Verdict(
            WARN,
            ENTRY_POINT,
            "the entry points are dynamic, so only the wheel has them.",
            pack.place,
            "Build it and check it: `archivolt plugins check dist/*.whl`.",
        )
        return
    package = canonicalize_name(pack.name).replace("-", "_")
    advice = f'Write [project.entry-points.{GROUP}] with `{package} = "{package}"`'
    yield Verdict(
        FAIL,
        ENTRY_POINT,
        f"it has none in the group `{GROUP}`, so Archivolt does not find it once it is installed.",
        pack.place,
        f"{advice} into pyproject.toml{', and build the wheel again' * (pack.form == WHEEL)}.",
    )


def check_versions(pack: LocatedPack) -> Iterator[Verdict]:
    """Tell whether the pack states what it works with, and whether that is installed here."""
    yield from _check_core(pack)
    yield from _check_python(pack)


def _check_core(pack: LocatedPack) -> Iterator[Verdict]:
    wanted = f'"{CORE}{core_range(__version__)}"'
    if "dependencies" in pack.dynamic:
        advice = "Check the wheel: `archivolt plugins check dist/*.whl`."
        yield Verdict(WARN, VERSIONS, "the dependencies are dynamic.", pack.place, advice)
        return
    stated = [each for each in _requirements(pack) if canonicalize_name(each.name) == CORE]
    if not stated:
        yield Verdict(
            FAIL,
            VERSIONS,
            f"it states no range of {CORE}, so any release loads it, even where it cannot work.",
            pack.place,
            f"Write {wanted} among the dependencies.",
        )
        return
    specifier = stated[0].specifier
    if not specifier.contains(__version__, prereleases=True):
        yield Verdict(
            FAIL,
            VERSIONS,
            f"it needs {CORE}{specifier}, and this is {CORE} {__version__}, which leaves it out.",
            pack.place,
            f"Write {wanted} if it works with this one.",
        )
    elif not any(each.operator in ("<", "<=", "~=", "==") for each in specifier):
        yield Verdict(
            WARN,
            VERSIONS,
            f"{CORE}{specifier} has no upper end; until 1.0 a minor release may change what a "
            "component must be.",
            pack.place,
            f"Write {wanted}.",
        )
    else:
        yield Verdict(PASS, VERSIONS, f"{CORE}{specifier} holds {__version__}")


def _check_python(pack: LocatedPack) -> Iterator[Verdict]:
    if not pack.requires_python:
        advice = f'Write requires-python = ">={OLDEST_PYTHON}".'
        yield Verdict(WARN, VERSIONS, "it does not say which Python it needs.", pack.place, advice)
        return
    try:
        specifier = SpecifierSet(pack.requires_python)
    except InvalidSpecifier:
        what = f"requires-python is {pack.requires_python!r}, which is no range."
        yield Verdict(FAIL, VERSIONS, what, pack.place, f'Write ">={OLDEST_PYTHON}".')
        return
    running = platform.python_version()
    if not specifier.contains(running, prereleases=True):
        what = f"it needs Python {specifier}, and this is {running}."
        yield Verdict(FAIL, VERSIONS, what, pack.place, "Check it with a Python that it is for.")
    elif specifier.contains("3.10"):
        what = f"it says Python {specifier}, and {CORE} needs {OLDEST_PYTHON}."
        yield Verdict(WARN, VERSIONS, what, pack.place, f'Write ">={OLDEST_PYTHON}".')
    else:
        yield Verdict(PASS, VERSIONS, f"Python {specifier} holds {running}")


def _requirements(pack: LocatedPack) -> Iterator[Requirement]:
    for text in pack.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement
