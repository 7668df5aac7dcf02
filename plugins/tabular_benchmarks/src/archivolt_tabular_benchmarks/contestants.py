"""Which searchers are measured, read from what a person writes: `random,greedy(beam=3)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml
from attrs import fields, frozen

from archivolt.errors import DataError, nearest

if TYPE_CHECKING:
    from archivolt import Registry
    from archivolt.components.strategies import Searcher

ALL = "all"
_ITEM = re.compile(r"\s*([A-Za-z_][\w:.-]*)\s*(?:\(([^()]*)\))?\s*(?:,|\Z)")
WHERE = "--searchers"


@frozen
class Contestant:
    """A searcher, and what it is called in the table."""

    label: str
    searcher: Searcher


def read_contestants(text: str, registry: Registry) -> tuple[Contestant, ...]:
    """Read a list of searchers: `all`, or names, with values of their fields in brackets.

    Raises:
        DataError: the text is no such list, or a searcher has no such field or value.
        UnknownComponentError: no plugin has such a searcher.
    """
    found = []
    for name, values in _items(text):
        if name == ALL and not values:
            found += [
                _contestant(each, "", registry) for each in sorted(registry.names("searcher"))
            ]
        else:
            found.append(_contestant(name, values, registry))
    labels = [each.label for each in found]
    twice = next((each for each in labels if labels.count(each) > 1), None)
    if twice is not None:
        raise DataError(f"{twice!r} stands twice.", WHERE)
    if not found:
        raise DataError("names no searcher.", WHERE, f"Write {ALL!r}, or names.")
    return tuple(found)


def _items(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while text[at:].strip():
        match = _ITEM.match(text, at)
        if match is None or match.end() == at:
            raise DataError(
                f"cannot be read from {text[at:]!r} on.",
                WHERE,
                "Write names with commas between, such as random,greedy(beam=3).",
            )
        yield match[1], (match[2] or "").strip()
        at = match.end()


def _contestant(name: str, values: str, registry: Registry) -> Contestant:
    cls = registry.find("searcher", name, where=WHERE)
    known = [each.name for each in fields(cls)]  # type: ignore[arg-type]  # every one is attrs
    given: dict[str, Any] = {}
    for pair in filter(None, map(str.strip, values.split(","))):
        key, equals, value = map(str.strip, pair.partition("="))
        if not equals or key not in known:
            told = f"{name} has no field {key!r}." if equals else f"{pair!r} is not key=value."
            raise DataError(told, WHERE, nearest(key, known))
        given[key] = yaml.safe_load(value)
    shown = ", ".join(f"{key}={value}" for key, value in given.items())
    return Contestant(f"{name}({shown})" if given else name, build(registry, name, given))


def build(registry: Registry, name: str, values: Mapping[str, Any]) -> Searcher:
    """Make a searcher of plain data.

    Raises:
        DataError: a value is not one that the field takes.
    """
    from archivolt.components.strategies import Searcher

    return registry.codec.decode({"name": name, **values}, Searcher)
