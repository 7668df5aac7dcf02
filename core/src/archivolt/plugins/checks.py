"""Registration checks: what a component class must be, and how to mend one that is not."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator

from attr import Factory
from attrs import NOTHING, fields
from attrs.exceptions import FrozenError

from archivolt.plugins.kinds import Kind
from archivolt.values.features import KINDS as FEATURE_KINDS
from archivolt.values.tunable import tunables

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def faults(component: object, kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield each check that a class fails, and how to mend it.

    The checks build on each other, so take the first and come back when it is mended.
    """
    if not inspect.isclass(component) or not issubclass(component, kind.base):
        base = kind.base
        yield (
            "base class",
            f"{kind.hook}() must return subclasses of {base.__module__}.{base.__name__}, "
            f"and returned {component!r}.",
        )
        return
    if "__attrs_attrs__" not in component.__dict__:
        yield "attrs", "it is no attrs class: put @attrs.frozen above it."
        return
    if inspect.isabstract(component):
        yield "complete", "it has abstract methods."
        return
    if not _is_frozen(component):
        yield "frozen", "its instances can be changed: use @attrs.frozen instead of @attrs.define."
    yield from _field_faults(component)
    yield from _name_faults(component)
    if not (component.__doc__ or "").strip():
        yield "summary", "it has no docstring: its first line is the help of the component."
    yield from _class_variable_faults(component)


def _is_frozen(component: type) -> bool:
    try:
        setattr(object.__new__(component), "archivolt", None)  # noqa: B010  no such attribute
    except FrozenError:
        return True
    except AttributeError:
        return False
    return False


def _field_faults(component: type) -> Iterator[tuple[str, str]]:
    names = {each.name for each in fields(component)}
    for each in fields(component):
        if each.type is None:
            yield (
                "annotations",
                f"the field {each.name!r} has no annotation: write `{each.name}: <type> = …`. "
                "With one bare field, attrs drops the annotated fields that have plain defaults.",
            )
    for name, annotation in inspect.get_annotations(component).items():
        if name not in names and "ClassVar" not in str(annotation):
            yield (
                "annotations",
                f"{name!r} is annotated and no field: annotate every field of the class, "
                "or make it a ClassVar.",
            )
    try:
        typing.get_type_hints(component)
    except NameError as error:
        if "<locals>" not in component.__qualname__:  # a function's names cannot be looked up
            yield (
                "annotations",
                f"{error}: import what the fields' annotations name at run time, "
                "not under TYPE_CHECKING.",
            )
    except TypeError as error:
        yield "annotations", f"an annotation is no type: {error}"
    domains = tunables(component)
    for each in fields(component):
        if each.default is NOTHING or each.eq is False or each.hash is False:
            continue
        default: object = each.default
        if isinstance(default, Factory):  # type: ignore[arg-type]  # a class in a function's clothes
            if default.takes_self:  # type: ignore[attr-defined]
                continue
            default = default.factory()  # type: ignore[attr-defined]
        try:
            hash(default)
        except TypeError:
            yield (
                "defaults",
                f"the default of {each.name!r} cannot be hashed: use a tuple for a list, and "
                "`field(factory=dict, hash=False)` for a mapping.",
            )
            continue
        if each.name in domains and default not in domains[each.name]:
            yield (
                "defaults",
                f"the default of {each.name!r}, {default!r}, is not {domains[each.name]}.",
            )


def _name_faults(component: type) -> Iterator[tuple[str, str]]:
    if any(each.name == "name" for each in fields(component)):
        yield "name", "`name` is a field: write it without an annotation."
        return
    name = component.__dict__.get("name")
    if name is None:
        yield "name", 'it has no name of its own: write `name = "…"` in the class.'
    elif not isinstance(name, str) or not _NAME.match(name):
        yield (
            "name",
            f"the name {name!r} is no bare identifier: use letters, digits and underscores "
            "(the plugin's own name comes before it by itself).",
        )
    former = component.__dict__.get("formerly", ())
    if not isinstance(former, tuple) or not all(
        isinstance(each, str) and _NAME.match(each) and each != name for each in former
    ):
        yield (
            "name",
            f"`formerly` is {former!r}, and must be a tuple of the other names that earlier "
            'releases had for it: formerly = ("old_name",).',
        )


def _class_variable_faults(component: type) -> Iterator[tuple[str, str]]:
    for base in component.__mro__:
        for name, annotation in inspect.get_annotations(base).items():
            if "ClassVar" in str(annotation) and not hasattr(component, name):
                yield "class variables", f"`{name}` is missing: set it in the class."
    for name in ("reads", "writes"):
        value = getattr(component, name, None)
        if value is not None and value not in FEATURE_KINDS:
            yield (
                "class variables",
                f"`{name}` is {value!r}, and must be one of {', '.join(FEATURE_KINDS)}.",
            )
