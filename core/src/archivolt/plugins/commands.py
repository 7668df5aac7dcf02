"""Commands that packs add: entry points whose names are the words after `archivolt`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from attrs import frozen

from archivolt.plugins import discovery
from archivolt.plugins.discovery import Installed
from archivolt.plugins.failures import COMMAND, PluginFailure

GROUP = "archivolt.commands"


@frozen(eq=False)
class PackCommands:
    """What the installed packs add, none of it imported."""

    found: Mapping[str, Installed]  # by word, in the order of words
    failures: tuple[PluginFailure, ...]  # of those that cannot be had
    left_out: Mapping[str, str]  # why a word is not there, failed or not wanted


def find_commands(builtin: Collection[str]) -> PackCommands:
    """List the commands of packs that are wanted, importing none.

    A command goes with its pack: the allow-list `ARCHIVOLT_PLUGINS` may name the command, its
    distribution, or a plugin of its distribution.

    Args:
        builtin: Words that Archivolt has itself; no pack can take them.
    """
    allow = discovery.allowed_by_environment()
    packs = discovery.installed() if allow is not None else ()
    wanted: dict[str, list[Installed]] = {}
    left_out: dict[str, str] = {}
    for command in discovery.installed(GROUP):
        why = _why_unwanted(command, packs, allow)
        if why is None:
            wanted.setdefault(command.origin.name, []).append(command)
        else:
            left_out[command.origin.name] = f"{command.origin}: {why}"
    found, failures = {}, []
    for word, commands in sorted(wanted.items()):
        failed = [each for each in _failures(word, commands, builtin) if each is not None]
        failures.extend(failed)
        if failed:
            left_out[word] = " ".join(map(str, failed))
        else:
            left_out.pop(word, None)
            (found[word],) = commands
    return PackCommands(found, tuple(failures), left_out)


def _why_unwanted(
    command: Installed, packs: Iterable[Installed], allow: Collection[str] | None
) -> str | None:
    kin = [each for each in packs if each.origin.distribution == command.origin.distribution]
    reasons = [
        discovery.why_unwanted(each.origin, allow, (), discovery.ALLOW_LIST)
        for each in (command, *kin)
    ]
    return None if None in reasons else reasons[0]


def _failures(
    word: str, commands: list[Installed], builtin: Collection[str]
) -> Iterable[PluginFailure | None]:
    for command in commands:
        others = [each.origin.distribution for each in commands if each is not command]
        if word in builtin:
            cause = f"{word!r} is a command of Archivolt itself; the pack must choose another word."
            yield PluginFailure(command.origin, COMMAND, cause)
        elif others:
            cause = (
                f"{', '.join(others)} has a command {word!r} too; "
                f"let {discovery.ALLOW_LIST} name the plugins of one of them."
            )
            yield PluginFailure(command.origin, COMMAND, cause)
        else:
            yield discovery.wrong_version(command)
