"""The words after `archivolt`: its own, and those that packs add, loaded when they are needed."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_group

from archivolt.errors import CommandError

if TYPE_CHECKING:
    from archivolt.plugins.commands import PackCommands
    from archivolt.plugins.discovery import Installed
    from archivolt.plugins.failures import PluginFailure

log = logging.getLogger("archivolt.plugins")

EVERYTHING = "archivolt"  # the distribution that brings every pack of ours


class CommandGroup(TyperGroup):
    """Archivolt's own commands first; only where none has the word are the packs looked at."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List every command that works; those that do not are told on the way."""
        failures = [*self._packs.failures]
        working = []
        for word, command in self._packs.found.items():
            failure = self._load(word, command)
            if failure is None:
                working.append(word)
            else:
                failures.append(failure)
        for failure in failures:
            log.warning("%s", failure)
        return [*super().list_commands(ctx), *working]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its word, or None.

        Raises:
            CommandError: a pack has it, and it is broken or not wanted.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        if cmd_name in self._packs.left_out:
            raise CommandError(cmd_name, self._packs.left_out[cmd_name])
        if cmd_name not in self._packs.found:
            self._suggest(ctx, cmd_name)
            return None
        failure = self._load(cmd_name, self._packs.found[cmd_name])
        if failure is not None:
            raise CommandError(cmd_name, str(failure))
        return self._loaded[cmd_name]

    @cached_property
    def _packs(self) -> PackCommands:
        from archivolt.plugins.commands import find_commands

        return find_commands(self.commands)

    @cached_property
    def _loaded(self) -> dict[str, Any]:
        return {}

    def _load(self, word: str, command: Installed) -> PluginFailure | None:
        from archivolt.plugins.failures import BROKEN, COMMAND, IMPORT, PluginFailure

        if word in self._loaded:
            return None
        try:
            target = command.load()
        except BROKEN as error:
            return PluginFailure.of(command.origin, IMPORT, error)
        if not callable(target):
            cause = f"{command.origin.module} is {target!r}, neither a Typer app nor a function."
            return PluginFailure(command.origin, COMMAND, cause)
        try:
            self._loaded[word] = _as_command(word, target)
        except BROKEN as error:  # Typer reads the parameters only now
            return PluginFailure.of(command.origin, COMMAND, error)
        return None

    def _suggest(self, ctx: Any, word: str) -> None:
        # Typer itself looks for the nearest among Archivolt's own.
        if get_close_matches(word, self.commands):
            return
        near = get_close_matches(word, self._packs.found)
        if near:
            ctx.fail(f"No such command {word!r}. Did you mean {' or '.join(map(repr, near))}?")
        if not _is_installed(EVERYTHING):
            ctx.fail(
                f"No such command {word!r}. No installed pack brings it; "
                f"`pip install {EVERYTHING}` brings all of Archivolt's own packs."
            )


def _is_installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _as_command(word: str, target: Any) -> Any:
    # As part of an app of ours, so that it looks and fails like our own commands.
    holder = Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if isinstance(target, Typer):
        holder.add_typer(target, name=word)
    else:
        holder.command(word)(target)
    return get_group(holder).commands[word]
