"""Hints for a name that was not found: which plugin would have it, and why it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archivolt.errors import nearest

if TYPE_CHECKING:
    from archivolt.plugins.lookup import Registry

FAILED = "failed"  # nothing of the plugin works
BLOCKED = "blocked"


def hint_on_component(registry: Registry, kind: str, plugin: str, bare: str) -> str:
    """Say what would help whoever asked for the component `bare`, of `plugin` unless that is ""."""
    for failure in registry.failures:
        mine = failure.component == bare
        if mine and (not plugin or failure.origin.answers_to(plugin)):
            return f"{failure.origin} has one that was left out: {failure.cause}"
    if plugin:
        return hint_on_plugin(registry, kind, plugin, bare)
    others = {each.kind for each in registry.registrations if each.component.name == bare}
    if others:
        return f"{bare!r} is a {' and a '.join(sorted(others))}."
    near = nearest(bare, registry.names(kind))
    absent = [each.origin.label for each in registry.plugins if each.status in (FAILED, BLOCKED)]
    suspects = f"A plugin that is not loaded may have it: {', '.join(absent)}."
    return " ".join([near, *([suspects] if absent else []), "See `archivolt plugins list`."])


def hint_on_plugin(registry: Registry, kind: str, plugin: str, bare: str) -> str:
    """Say what would help whoever asked for `plugin:bare`."""
    mine = [each for each in registry.plugins if each.origin.answers_to(plugin)]
    for each in mine:
        if each.status in (FAILED, BLOCKED):
            return f"{each.origin} would have it, and is not loaded: {each.cause}"
    if mine:
        known = [
            each.qualified_name for one in mine for each in one.components if each.kind == kind
        ]
        return f"{mine[0].origin} registers no such {kind}. {nearest(f'{plugin}:{bare}', known)}"
    near = nearest(plugin, [each.label for each in registry.origins])
    likely = plugin if plugin.startswith("archivolt-") else f"archivolt-{plugin}"
    return (
        f"No plugin {plugin!r} is installed; its distribution is likely {likely!r}: "
        f"pip install {likely}. {near}"
    )
