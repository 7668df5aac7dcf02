"""Names of new packs: which are valid, and the nearest that is."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec

from attrs import frozen

from archivolt.errors import PackNameError

_VALID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_OURS = "archivolt"
_KINDS = ("blocks", "block", "searchers", "searcher", "search", "ensemblers", "pack", "archivolt")


@frozen
class PackNames:
    """What a pack is called where."""

    distribution: str  # "acme-blocks"
    package: str  # "acme_blocks"
    entry_point: str  # "acme"


def names_of(distribution: str) -> PackNames:
    """Derive the names of a pack from that of its distribution.

    Raises:
        PackNameError: it cannot have this one; the error holds the nearest that it can.
    """
    why = _fault(distribution)
    if why is not None:
        raise PackNameError(distribution, why, _nearest_valid(distribution))
    package = distribution.replace("-", "_")
    words = distribution.split("-")
    short = words[:-1] if len(words) > 1 and words[-1] in _KINDS else words
    return PackNames(distribution, package, "_".join(short))


def _fault(name: str) -> str | None:
    """Say what is wrong with a name, as the end of a sentence; None: nothing."""
    package = name.replace("-", "_")
    if not _VALID.match(name):
        return "is no name for a pack: lower-case letters and digits, with single hyphens between."
    if name[0].isdigit():
        return f"is no name for a pack: Python cannot import {package!r}."
    if name == _OURS or name.startswith(f"{_OURS}-"):
        return f"is taken: {_OURS}-… is for the packs that come with Archivolt."
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return "is a word of the Python language."
    if package in sys.stdlib_module_names:
        return "is a module of Python itself, and would hide it."
    if find_spec(package) is not None:
        return f"is taken: the package {package!r} is installed already."
    return None


def _nearest_valid(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"([a-z])([A-Z])", r"\1-\2", name).lower())
    words = words.strip("-") or "acme-blocks"
    if words == _OURS or words.startswith(f"{_OURS}-"):
        words = f"acme{words.removeprefix(_OURS)}"
    if words[0].isdigit():
        words = f"acme-{words}"
    for tried in (words, f"acme-{words}", f"{words}-pack", f"{words}-blocks"):
        if _fault(tried) is None:
            return tried
    number = 2
    while _fault(f"{words}-{number}") is not None:
        number += 1
    return f"{words}-{number}"
