"""One layer of a configuration over another, and single values over both (`--set`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from archivolt.config.annotations import below, takes_a_name
from archivolt.config.nodes import Node, Origin, from_python, read_text
from archivolt.config.sections import Config
from archivolt.config.setting import Setting
from archivolt.config.structure import join
from archivolt.config.wording import describe_value
from archivolt.errors import ArchivoltError, ConfigError

NAME = "name"
SOURCE = "source"  # the key of a component's name in the section `data`
MUTATORS = "mutators"
WEIGHT = "weight"
# Sections of which a word alone is one key.
SHORT = {"data": "path", "phases": "schedule", "finalists": "training"}

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d+)\]")


def normal(root: Node) -> Node:
    """Bring the short forms of a layer into the long ones, so that layers can be merged.

    Raises:
        ConfigError: the layer is no mapping.
    """
    if root.value is None:
        return Node({}, root.origin)
    if not root.is_mapping:
        what = f"a configuration is a mapping of sections, not {describe_value(root)}."
        raise ConfigError(root.origin.where(), what)
    for section, key in SHORT.items():
        node = root.get(section)
        if node is not None and isinstance(node.value, (str, Path)):
            root = root.with_key(section, Node({key: node}, node.origin))
    return root


def merge(lower: Node, upper: Node, annotation: Any = Config, path: str = "") -> Node:
    """Lay one tree over another: mappings by key, everything else replaces.

    A word stands for the mapping that has it as its name; another name replaces the whole
    mapping, as its fields would not fit.
    """
    if path == MUTATORS:
        lower, upper = _weights(lower), _weights(upper, off=lower)
    if takes_a_name(annotation):
        if upper.is_mapping and lower.is_word:
            lower = lower.named(NAME)
        elif upper.is_word and lower.is_mapping and NAME in lower.value:
            upper = upper.named(NAME)
    if not (lower.is_mapping and upper.is_mapping):
        return upper
    key = SOURCE if path == "data" else NAME
    if _differ(lower.get(key), upper.get(key)):
        return upper
    merged = dict(lower.value)
    for name, node in upper.value.items():
        if name in merged:
            node = merge(merged[name], node, below(annotation, name), join(path, name))
        merged[name] = node
    return Node(merged, upper.origin)


def _differ(one: Node | None, other: Node | None) -> bool:
    """Tell whether two names mean different components: `dense` may be `blocks:dense`."""
    if one is None or other is None or not (one.is_word and other.is_word):
        return False
    first, second = one.value, other.value
    if ":" in first and ":" in second:
        return bool(first != second)
    return bool(first.rpartition(":")[2] != second.rpartition(":")[2])


def _weights(node: Node, off: Node | None = None) -> Node:
    """Write mutators as a mapping from names to mappings with a weight.

    A list says which ones there are, so it turns those of the layer below off.
    """
    if node.is_list:
        named: dict[str, Node] = {}
        for each in node.value:
            name = each if each.is_word else each.get(NAME)
            if name is None or not name.is_word:
                return node  # told when it is read
            rest = each.without(NAME) if each.is_mapping else Node({}, each.origin)
            named[name.value] = rest
        zero = {
            name: Node({WEIGHT: Node(0, node.origin)}, node.origin)
            for name in (off.value if off is not None and off.is_mapping else ())
            if name not in named
        }
        return Node({**zero, **named}, node.origin)
    if not node.is_mapping:
        return node
    return Node({name: _weight(each) for name, each in node.value.items()}, node.origin)


def _weight(node: Node) -> Node:
    if node.is_mapping:
        return node
    if node.value is None:
        node = evolve(node, value=0)
    return Node({WEIGHT: node}, node.origin)


@frozen
class Override:
    """One `--set key=value`."""

    steps: tuple[str | int, ...]
    value: Node

    @property
    def section(self) -> str:
        return str(self.steps[0])


def read_override(
    text: str, errors: list[ArchivoltError], origin: Origin | None = None
) -> Override:
    """Read `searcher.beam=3`; the value is YAML. `origin` is where it was written, if not so.

    Raises:
        ConfigError: it is not of this form.
    """
    key, separator, value = text.partition("=")
    key, label = key.strip(), f"--set {text}"
    if not separator or not key:
        raise ConfigError(label, "expected key=value.", "For example: --set searcher.beam=3")
    steps: list[str | int] = []
    position = 0
    while position < len(key):
        match = _STEP.match(key, position)
        if match is None:
            raise ConfigError(
                label, f"{key!r} is no key path.", "Write it like space.blocks[0].units."
            )
        name, index = match.groups()
        steps.append(int(index) if name is None else name)
        position = match.end()
    if not isinstance(steps[0], str):
        raise ConfigError(label, "a key path begins with a section.")
    # No line: the one that a command line has says nothing.
    return Override(tuple(steps), read_text(value, origin or Origin(label, key=key), errors))


def overrides_of(given: Sequence[str | Setting], errors: list[ArchivoltError]) -> list[Override]:
    """Read several; what is wrong is put into `errors`."""
    result = []
    for each in given:
        try:
            if isinstance(each, Setting):
                origin = Origin(each.label, key=each.key if each.label else "")
                override = read_override(f"{each.key}=", errors, origin)
                result.append(evolve(override, value=from_python(each.value, origin)))
            else:
                result.append(read_override(each, errors))
        except ConfigError as error:
            errors.append(error)
    return result


def apply(root: Node, override: Override) -> Node:
    """Put one value into the tree.

    Raises:
        ConfigError: the path leads nowhere.
    """
    if override.section == MUTATORS and root.get(MUTATORS) is not None:
        root = root.with_key(MUTATORS, _weights(root.value[MUTATORS]))
    value = override.value
    if override.steps == (override.section,) and override.section in SHORT and value.is_word:
        value = value.named(SHORT[override.section])
    return _put(normal(root), override.steps, value, Config, "")


def _put(
    node: Node | None, steps: Sequence[str | int], value: Node, annotation: Any, path: str
) -> Node:
    if not steps:
        return value if node is None else _replace(node, value, annotation, path)
    step, rest = steps[0], steps[1:]
    at = join(path, step)
    if isinstance(step, int):
        entries = node.value if node is not None and node.is_list else None
        if entries is None or step >= len(entries):
            has = "is no list" if entries is None else f"has {len(entries)} entries, counted from 0"
            raise ConfigError(value.origin.where(), f"{path} {has}.")
        child = _put(entries[step], rest, value, below(annotation, step), at)
        return Node([*entries[:step], child, *entries[step + 1 :]], value.origin)
    if node is None or node.value is None:
        node = Node({}, value.origin)
    if node.is_word and takes_a_name(annotation):
        node = node.named(NAME)
    if not node.is_mapping:
        hint = f"Write {path}[0] for its first entry." if node.is_list else ""
        raise ConfigError(
            value.origin.where(),
            f"{path} is {describe_value(node)}, and has no key {step!r}.",
            hint,
        )
    child = _put(node.get(step), rest, value, below(annotation, step), at)
    return node.with_key(step, child)


def _replace(node: Node, value: Node, annotation: Any, path: str) -> Node:
    """Lay a value given by `--set` over what is there: a whole section merges by key."""
    if path == MUTATORS or path in SHORT or takes_a_name(annotation):
        return merge(node, value, annotation, path)
    return value


def python_layer(data: Any, folder: Path | None = None) -> Node:
    """Make a layer of a mapping passed in Python, whose relative paths begin at a folder."""
    return from_python(data, Origin(folder=folder) if folder else Origin())
