"""The hook caller: pluggy's registration and validation, and calls made one plugin at a time."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import ModuleType
from typing import Any

import pluggy
from attrs import define, field

from archivolt import hookspecs
from archivolt.errors import nearest
from archivolt.plugins.failures import BROKEN, HOOKS, PluginFailure
from archivolt.plugins.origin import Origin

PREFIX = "archivolt_"


class _Manager(pluggy.PluginManager):
    """Pluggy's manager, told which functions of a plugin to leave alone."""

    def __init__(self) -> None:
        super().__init__("archivolt")
        self.add_hookspecs(hookspecs)
        self.refused: set[str] = set()

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        if name in self.refused:
            return None
        if isinstance(plugin, ModuleType) and name not in vars(plugin):
            return None  # a lazy attribute: looking at it would import what the pack puts off
        return super().parse_hookimpl_opts(plugin, name)


@define(eq=False)
class Hooks:
    """The hooks of Archivolt and who implements them."""

    _manager: _Manager = field(factory=_Manager, init=False)
    _origins: dict[str, Origin] = field(factory=dict, init=False)
    _muted: set[str] = field(factory=set, init=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every hook that there is."""
        return tuple(sorted(name for name in vars(hookspecs) if name.startswith(PREFIX)))

    def register(self, origin: Origin, plugin: object) -> list[PluginFailure]:
        """Take a plugin in; hook functions that cannot be called are left out and told."""
        failures = []
        self._manager.refused = set()
        for name, cause in self._faults(plugin):
            self._manager.refused.add(name)
            failures.append(PluginFailure(origin, HOOKS, cause, component=name))
        try:
            self._manager.register(plugin, name=origin.label)
        except (pluggy.PluginValidationError, ValueError) as error:
            failures.append(PluginFailure.of(origin, HOOKS, error))
        else:
            self._origins[origin.label] = origin
        finally:
            self._manager.refused = set()
        return failures

    def implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """List who implements a hook, in the order of the plugins' labels."""
        calls = getattr(self._manager.hook, hook).get_hookimpls()
        return sorted(calls, key=attrgetter("plugin_name"))

    def collect(self, hook: str) -> Iterator[tuple[Origin, object] | PluginFailure]:
        """Call a registration hook on each plugin by itself."""
        for call in self.implementations(hook):
            origin = self._origins[call.plugin_name]
            try:
                returned: Any = call.function()
                if returned is None:
                    raise TypeError(f"{hook}() returned nothing; it must return an iterable")
                results = tuple(returned)  # a generator fails here, not later
            except BROKEN as error:
                yield PluginFailure.of(origin, hook, error)
            else:
                yield from ((origin, each) for each in results)

    def notify(self, hook: str, arguments: Mapping[str, Any]) -> Iterator[PluginFailure]:
        """Call an event hook on each observer; one that raises is called no more."""
        for call in self.implementations(hook):
            if call.plugin_name in self._muted:
                continue
            try:
                call.function(*(arguments[name] for name in call.argnames))
            except BROKEN as error:
                self._muted.add(call.plugin_name)
                yield PluginFailure.of(self._origins[call.plugin_name], hook, error)

    def _faults(self, plugin: object) -> Iterator[tuple[str, str]]:
        module = isinstance(plugin, ModuleType)
        for name in sorted(vars(plugin) if module else dir(plugin)):
            marks = self._manager.parse_hookimpl_opts(plugin, name)
            if marks is None and not name.startswith(PREFIX):
                continue
            function = getattr(plugin, name)
            if not inspect.isroutine(function):
                continue  # `import archivolt_blocks` in a plugin is no hook
            hook = (marks or {}).get("specname") or name
            if hook not in self.names:
                near = nearest(hook, self.names)
                yield name, f"{name}() implements no hook: there is no {hook!r}. {near}"
            elif marks is None:
                yield name, f"{name}() is not marked: put @archivolt.hookimpl above it."
            elif marks.get("wrapper") or marks.get("hookwrapper"):
                yield name, f"{name}() is a wrapper; hooks of Archivolt cannot be wrapped."
            elif unexpected := self._unexpected(hook, function):
                known = ", ".join(self._arguments(hook)) or "none"
                yield (
                    name,
                    f"{name}() asks for {', '.join(map(repr, unexpected))}; "
                    f"arguments of the hook: {known}.",
                )

    def _arguments(self, hook: str) -> tuple[str, ...]:
        return tuple(getattr(self._manager.hook, hook).spec.argnames)

    def _unexpected(self, hook: str, function: Any) -> list[str]:
        given = self._arguments(hook)
        return [
            each.name
            for each in inspect.signature(function).parameters.values()
            if each.name not in given and each.default is inspect.Parameter.empty
        ]
