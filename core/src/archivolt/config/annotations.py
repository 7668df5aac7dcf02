"""What the annotations of attrs classes say: types of fields, and how to name them to a person."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, fields, has

from archivolt.components.base import Component
from archivolt.plugins.kinds import KINDS, Kind
from archivolt.values.choice import BlockChoice
from archivolt.values.encoding import is_in_memory
from archivolt.values.tunable import tunables

NONE = type(None)


@lru_cache(maxsize=1024)
def field_types(cls: type) -> dict[str, Any]:
    """Resolve the annotations of an attrs class: field name to type; do not change the result."""
    return get_type_hints(cls)


def settable(cls: type) -> dict[str, Attribute[Any]]:
    """List the fields that a configuration may set, by their keys."""
    return {
        each.alias or each.name: each
        for each in fields(cls)
        if each.init and not is_in_memory(each)
    }


def is_required(attribute: Attribute[Any]) -> bool:
    return attribute.default is NOTHING


def type_of(cls: type, attribute: Attribute[Any]) -> Any:
    return field_types(cls).get(attribute.name, Any)


def words_of(attribute: Attribute[Any]) -> tuple[str, ...]:
    """Return the words that the validator of a field takes; () where it takes others, too."""
    validator = attribute.validator
    validator = getattr(validator, "validator", validator)  # of `optional`
    options = getattr(validator, "options", ())
    return tuple(options) if all(isinstance(each, str) for each in options) else ()


def domain_of(cls: type, attribute: Attribute[Any]) -> Any:
    return tunables(cls).get(attribute.name)


def arms(annotation: Any) -> tuple[Any, ...]:
    """Split a union into its members; any other annotation is its only one."""
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def is_sequence(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Sequence) and origin is not str


def is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Mapping)


def is_component(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Component)


def component_kind(annotation: type) -> Kind | None:
    return next((kind for kind in KINDS.values() if issubclass(annotation, kind.base)), None)


def takes_a_name(annotation: Any) -> bool:
    """Tell whether a word at this place is the name of a component."""
    return any(arm is Any or is_component(arm) or arm is BlockChoice for arm in arms(annotation))


def below(annotation: Any, key: str | int) -> Any:
    """Return the type of what lies under `key`; Any where that is not known beforehand."""
    for arm in arms(annotation):
        if isinstance(key, int) and is_sequence(arm):
            return (get_args(arm) or (Any,))[0]
        if isinstance(key, str) and is_mapping(arm):
            return (get_args(arm) or (Any, Any))[1]
        if isinstance(arm, type) and has(arm) and not is_component(arm) and arm is not BlockChoice:
            attribute = settable(arm).get(str(key))
            if attribute is not None:
                return type_of(arm, attribute)
    return Any


def with_article(word: str) -> str:
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def describe_type(annotation: Any) -> str:
    """Say what a person may write for an annotation."""
    return " or ".join(dict.fromkeys(_described(annotation)))


def _described(annotation: Any) -> Iterator[str]:
    simple = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "text",
        NONE: "null",
        Path: "a path",
    }
    for arm in sorted(arms(annotation), key=lambda each: each is NONE):
        if arm in simple:
            yield simple[arm]
        elif get_origin(arm) is Literal:
            yield " or ".join(map(repr, get_args(arm)))
        elif is_component(arm):
            kind = component_kind(arm)
            yield f"the name of {with_article(kind.name if kind else 'component')}"
        elif arm is BlockChoice:
            yield "the name of a block"
        elif is_sequence(arm):
            yield _described_list(get_args(arm))
        else:
            yield "a mapping"


def _described_list(members: tuple[Any, ...]) -> str:
    if not members:
        return "a list"
    if len(members) == 2 and members[1] is Ellipsis:
        return f"a list, each {describe_type(members[0])}"
    return f"a list of {len(members)}: {', '.join(map(describe_type, members))}"
