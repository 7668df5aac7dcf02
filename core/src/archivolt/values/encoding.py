"""Values as plain data: canonical JSON, digests, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from attrs import NOTHING, Factory, field, fields, has

PlainData = Any  # what json.dumps takes: the one open door, checked on the way back
NameOf = Callable[[type], str]
PathOf = Callable[[PurePath], str]

_IN_MEMORY = "archivolt.in_memory"


def in_memory() -> Any:
    """Declare a field that holds data of this process, such as arrays: no part of the value.

    It is None by default, is neither compared nor hashed, and is left out of the encoding and of
    every configuration.
    """
    return field(default=None, eq=False, repr=False, metadata={_IN_MEMORY: True})


def is_in_memory(attribute: Any) -> bool:
    """Tell whether an attrs attribute was declared with `in_memory`."""
    return bool(attribute.metadata.get(_IN_MEMORY))


def identity(cls: type) -> str:
    """Name a component class without a registry: its import package and its name.

    The same in every process, and in every release of the pack that defines it: a class that was
    renamed keeps the first of its names (`Component.formerly`).
    """
    name = next(iter(cls.__dict__.get("formerly", ())), getattr(cls, "name", cls.__name__))
    return f"{cls.__module__.partition('.')[0]}:{name}"


def encode(
    value: object, name_of: NameOf = identity, defaults: bool = True, path_of: PathOf = str
) -> PlainData:
    """Turn a value into plain data: a component becomes a mapping with its `name`.

    Args:
        value: An attrs value, a mapping, a sequence or a scalar.
        name_of: Gives the name of a component class.
        defaults: Whether fields that hold their defaults are written.
        path_of: Writes a path.
    """

    def inner(each: object) -> PlainData:
        return encode(each, name_of, defaults, path_of)

    if has(type(value)):
        data = {
            each.name: inner(getattr(value, each.name))
            for each in fields(type(value))  # type: ignore[arg-type]  # has() said so
            if not is_in_memory(each) and (defaults or _tells_apart(value, each))
        }
        if hasattr(type(value), "name") and "name" not in data:
            return {"name": name_of(type(value)), **data}
        return data
    if isinstance(value, Mapping):
        return {str(key): inner(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return list(map(inner, value))
    if isinstance(value, PurePath):
        return path_of(value)
    return value


def _tells_apart(value: object, attribute: Any) -> bool:
    """Whether a field makes a value another one: it means something, and is not at its default."""
    unused = getattr(value, "unused", None)
    if unused is not None and attribute.name in unused():
        return False
    held = getattr(value, attribute.name)
    if has(type(held)) and not encode(held, defaults=False):
        return False  # all that would tell it apart means nothing
    return bool(held != _default_of(attribute))


def _default_of(attribute: Any) -> object:
    default = attribute.default
    if isinstance(default, Factory):  # type: ignore[arg-type]  # a class, whatever its stub says
        return NOTHING if default.takes_self else default.factory()
    return default


def canonical_json(value: object, defaults: bool = True) -> str:
    """Write a value as JSON with sorted keys, shortest numbers and no spaces.

    Raises:
        ValueError: the value holds a number that JSON lacks (NaN or infinity).
    """
    return json.dumps(
        _settle(encode(value, defaults=defaults)),
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def _settle(data: PlainData) -> PlainData:
    # 1 and 1.0 are equal in Python, so two equal candidates must not differ in their digests.
    if isinstance(data, float) and data.is_integer() and abs(data) < 2**53:
        return int(data)
    if isinstance(data, dict):
        return {key: _settle(each) for key, each in data.items()}
    if isinstance(data, list):
        return [_settle(each) for each in data]
    return data


def fingerprint(value: object) -> str:
    """Digest of the canonical JSON without the fields at their defaults, 16 hexadecimal digits.

    Fields that mean nothing beside the others (`Component.unused`) are left out too: two
    candidates that build and train the same network have one digest.

    A release that adds a field, with the default under which all stays as it was, keeps the
    digests of what was there before.
    """
    return sha256(canonical_json(value, defaults=False).encode()).hexdigest()[:16]
