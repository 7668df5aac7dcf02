"""Values as plain data: canonical JSON, digests, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from attrs import field, fields, has

PlainData = Any  # what json.dumps takes: the one open door, checked on the way back
NameOf = Callable[[type], str]

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

    The same in every process, and in every release of the pack that defines it.
    """
    name = getattr(cls, "name", cls.__name__)
    return f"{cls.__module__.partition('.')[0]}:{name}"


def encode(value: object, name_of: NameOf = identity) -> PlainData:
    """Turn a value into plain data: a component becomes a mapping with its `name`."""
    if has(type(value)):
        data = {
            each.name: encode(getattr(value, each.name), name_of)
            for each in fields(type(value))
            if not is_in_memory(each)
        }
        if hasattr(type(value), "name") and "name" not in data:
            return {"name": name_of(type(value)), **data}
        return data
    if isinstance(value, Mapping):
        return {str(key): encode(each, name_of) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(each, name_of) for each in value]
    if isinstance(value, PurePath):
        return str(value)
    return value


def canonical_json(value: object) -> str:
    """Write a value as JSON with sorted keys, shortest numbers and no spaces.

    Raises:
        ValueError: the value holds a number that JSON lacks (NaN or infinity).
    """
    return json.dumps(
        _settle(encode(value)), sort_keys=True, separators=(",", ":"), allow_nan=False
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
    """Digest of the canonical JSON, 16 hexadecimal digits."""
    return sha256(canonical_json(value).encode()).hexdigest()[:16]
