"""What a run records about plugins, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archivolt import __version__
from archivolt.plugins.renaming import renamed

if TYPE_CHECKING:
    from archivolt.plugins.lookup import Registry


def snapshot(registry: Registry) -> dict[str, Any]:
    """Describe the plugins that work and their components as plain data."""
    return {
        "core": __version__,
        "plugins": {
            plugin.origin.label: {
                "distribution": plugin.origin.distribution,
                "version": plugin.origin.version,
                "file": plugin.origin.file,
                "digest": plugin.origin.digest,
                "components": {each.qualified_name: each.kind for each in plugin.components},
            }
            for plugin in registry.plugins
            if plugin.components or plugin.presets
        },
        "renamed": dict(renamed(registry.registrations)),
    }


def changes(recorded: Mapping[str, Any], present: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell, a sentence each, what of `recorded` is otherwise in `present`."""
    return tuple(_changes(recorded, present))


def _changes(recorded: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[str]:
    if recorded["core"] != present["core"]:
        yield f"archivolt-core was {recorded['core']} and is {present['core']}."
    for label, before in recorded["plugins"].items():
        now = present["plugins"].get(label)
        title = describe(label, before)
        if now is None:
            yield f"{title} is not loaded any more."
            continue
        if before["version"] != now["version"]:
            yield f"{title} is {now['version']} now."
        if before["digest"] != now["digest"]:
            yield f"{title} has another content now."
        gone = sorted(set(before["components"]) - set(now["components"]))
        new_names = present.get("renamed", {})
        for name in gone:
            if name in new_names:
                yield f"{title}: {name} is called {new_names[name]} now."
        gone = [name for name in gone if name not in new_names]
        if gone:
            yield f"{title} does not register {', '.join(gone)} any more."
    for label, now in present["plugins"].items():
        if label not in recorded["plugins"]:
            yield f"{describe(label, now)} is new."


def describe(label: str, plugin: Mapping[str, Any]) -> str:
    """Name a recorded plugin: `acme-blocks 0.2 (acme)`, or its file."""
    if plugin["distribution"]:
        return f"{plugin['distribution']} {plugin['version']} ({label})"
    return f"{plugin['file'] or label}"
