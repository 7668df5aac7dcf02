"""Plugins and components described as plain data, for programs and for the command line."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from attrs import NOTHING, Attribute, fields

from archivolt.deprecation import message_of
from archivolt.errors import UnknownComponentError
from archivolt.plugins.failures import PluginFailure
from archivolt.plugins.lookup import Plugin, Registration, Registry
from archivolt.values.encoding import encode
from archivolt.values.tunable import tunables

NOTES = "archivolt_notes"


def describe_plugin(plugin: Plugin) -> dict[str, Any]:
    """Describe a plugin: an entry of `archivolt plugins list --json`."""
    return {
        "distribution": plugin.origin.distribution or None,
        "version": plugin.origin.version or None,
        "entry_point": plugin.origin.name,
        "module": plugin.origin.module or None,
        "file": plugin.origin.file or None,
        "status": plugin.status,
        "cause": plugin.cause,
        "components": [each.qualified_name for each in plugin.components],
        "presets": [f"{plugin.origin.label}:{name}" for name in plugin.presets],
    }


def describe_component(registry: Registry, registration: Registration) -> dict[str, Any]:
    """Describe a component class: its names, its help and its fields."""
    component, origin = registration.component, registration.origin
    return {
        "kind": registration.kind,
        "name": registry.short_name(component),
        "qualified_name": registration.qualified_name,
        "summary": component.summary(),
        "help": inspect.getdoc(component) or "",
        "formerly": list(component.former_names()),
        "deprecated": message_of(component),
        "class": f"{component.__module__}.{component.__qualname__}",
        "distribution": origin.distribution or None,
        "version": origin.version or None,
        "entry_point": origin.name,
        "fields": [_describe_field(component, each) for each in fields(component)],  # type: ignore[arg-type]
    }


def _describe_field(component: type, attribute: Attribute[Any]) -> dict[str, Any]:
    hint = attribute.type
    domain = tunables(component).get(attribute.name)
    default: Any = attribute.default
    required = default is NOTHING
    if hasattr(default, "factory"):
        default = default.factory() if not default.takes_self else None
    return {
        "name": attribute.name,
        "type": hint if isinstance(hint, str) else inspect.formatannotation(hint),
        "required": required,
        "default": None if required else _plain(default),
        "domain": None if domain is None else encode(domain),
    }


def _plain(value: object) -> Any:
    data = encode(value)
    if isinstance(data, (str, int, float, bool, list, dict, type(None))):
        return data
    return str(data)


def describe_name(registry: Registry, name: str) -> dict[str, Any]:
    """Describe everything that a name means: plugins, components and presets.

    Raises:
        UnknownComponentError: it means nothing.
    """
    presets = [
        {"name": key, "summary": preset.summary, "path": str(preset.path)}
        for key, preset in registry.presets().items()
        if _is_called(key, name, registry)
    ]
    found = {
        "name": name,
        "plugins": [
            {
                **describe_plugin(each),
                "notes": list(_notes(registry, each)),
                "failures": list(_failures(registry, each)),
            }
            for each in registry.plugins
            if each.origin.answers_to(name)
        ],
        "components": [
            describe_component(registry, each)
            for each in registry.registrations
            if _is_called(each.qualified_name, name, registry)
        ],
        "presets": presets,
    }
    if not (found["plugins"] or found["components"] or found["presets"]):
        known = {each.origin.label for each in registry.plugins}
        known |= {registry.short_name(each.component) for each in registry.registrations}
        known |= set(registry.presets())
        raise UnknownComponentError("plugin, component or preset", name, tuple(sorted(known)))
    return found


def _is_called(qualified: str, name: str, registry: Registry) -> bool:
    plugin, _, bare = qualified.rpartition(":")
    asked, _, asked_bare = name.rpartition(":")
    if bare != asked_bare:
        return False
    return not asked or any(
        each.label == plugin and each.answers_to(asked) for each in registry.origins
    )


def _notes(registry: Registry, plugin: Plugin) -> Iterator[str]:
    for result in registry.hooks.collect(NOTES):
        if isinstance(result, PluginFailure):
            if result.origin == plugin.origin:
                yield f"what it lacks here cannot be told: {result.cause}"
        elif result[0] == plugin.origin:
            yield str(result[1])


def _failures(registry: Registry, plugin: Plugin) -> Iterator[dict[str, Any]]:
    for each in registry.failures:
        if each.origin == plugin.origin:
            yield {"step": each.step, "cause": each.cause, "log": each.log}
