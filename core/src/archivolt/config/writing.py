"""A configuration as plain data and as YAML, every default filled in; and what two differ in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from attrs import fields, has

from archivolt.components.base import Component
from archivolt.components.source import Source
from archivolt.config.annotations import settable
from archivolt.config.sections import Config, SpaceConfig
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Range
from archivolt.values.own_paths import told_from

if TYPE_CHECKING:
    from archivolt.plugins.registry import Registry

NOT_SET = "(not set)"
_ORDER = ("seed", "preset", "plugins", "data", "problem", "space", "searcher", "mutators")
_LEFT_OUT = ("document", "notes")
NameOf = Callable[[type], str]


def to_document(
    config: Config, registry: Registry | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """Turn a configuration into plain data that `load_config` reads back as an equal one.

    Args:
        config: What to write.
        registry: Where names are taken from, qualified where need be; None: bare names.
        folder: Which keeps the document: paths below it are written as seen from there.
    """
    name_of: NameOf = registry.short_name if registry is not None else _bare_name
    names = [each.name for each in fields(Config) if each.name not in _LEFT_OUT]
    names.sort(key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    document: dict[str, Any] = {}
    for name in names:
        value = getattr(config, name)
        if name == "mutators":
            document[name] = {
                name_of(type(mutator)): _mutator(weight, _fields(mutator, name_of))
                for mutator, weight in value
            }
        elif value is not None or name not in ("data", "preset"):
            document[name] = _plain(value, name_of)
    return cast(dict[str, Any], _with_paths(document, told_from(folder)))


def plain_value(value: Any, registry: Registry) -> Any:
    """Turn one value of a configuration into plain data."""
    return _with_paths(_plain(value, registry.short_name), str)


def to_yaml(document: Mapping[str, Any]) -> str:
    """Write plain data as YAML in the order of their keys."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List what changed from one document to another: "budget.trials: 50 -> 100"."""
    return [
        f"{path}: {_shown(before)} -> {_shown(after)}"
        for path, before, after in _changes(old, new, "")
    ]


def _bare_name(cls: type) -> str:
    return str(getattr(cls, "name", cls.__name__))


def _plain(value: Any, name_of: NameOf) -> Any:
    if isinstance(value, Component):
        key = "source" if isinstance(value, Source) else "name"
        return {key: name_of(type(value)), **_fields(value, name_of)}
    if isinstance(value, BlockChoice):
        return _choice(value, name_of)
    if isinstance(value, Choices):
        return [_plain(each, name_of) for each in value.values]
    if isinstance(value, Range):
        return {"low": value.low, "high": value.high, "log": value.log}
    if isinstance(value, SpaceConfig):
        written = _fields(value, name_of)
        domains = written.pop("recipe_domains")
        written["recipe"] = {**written["recipe"], **domains}
        return written
    if has(type(value)):
        return _fields(value, name_of)
    if isinstance(value, Mapping):
        return {str(key): _plain(each, name_of) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each, name_of) for each in value]
    return value


def _with_paths(data: Any, told: Callable[[Path], str]) -> Any:
    if isinstance(data, dict):
        return {key: _with_paths(each, told) for key, each in data.items()}
    if isinstance(data, list):
        return [_with_paths(each, told) for each in data]
    return told(data) if isinstance(data, Path) else data


def _fields(value: Any, name_of: NameOf) -> dict[str, Any]:
    return {
        key: _plain(getattr(value, attribute.name), name_of)
        for key, attribute in settable(type(value)).items()
    }


def _mutator(weight: float, fields: dict[str, Any]) -> Any:
    return {"weight": weight, **fields} if fields else weight


def _choice(choice: BlockChoice, name_of: NameOf) -> dict[str, Any]:
    block = choice.default()
    written: dict[str, Any] = {"name": name_of(choice.block)}
    for key, attribute in settable(choice.block).items():
        value = choice.domains.get(attribute.name, getattr(block, attribute.name))
        written[key] = _plain(value, name_of)
    return {**written, "weight": choice.weight} if "weight" not in written else written


def _changes(old: Any, new: Any, path: str) -> list[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = []
        for key in dict.fromkeys([*old, *new]):
            below = f"{path}.{key}" if path else str(key)
            found += _changes(old.get(key, NOT_SET), new.get(key, NOT_SET), below)
        return found
    if _entries(old) and _entries(new):
        found = []
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else NOT_SET
            after = new[index] if index < len(new) else NOT_SET
            found += _changes(before, after, f"{path}[{index}]")
        return found
    return [] if old == new else [(path, old, new)]


def _entries(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _shown(value: Any) -> str:
    if value == NOT_SET or isinstance(value, str):
        return str(value)
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=10**6)
    return text.strip().removesuffix("...").strip()


class _Dumper(yaml.SafeDumper):
    """Short lists on one line, long or nested ones a line an entry."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _list(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(each, dict) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


_Dumper.add_representer(list, _list)
