"""The tree of a configuration before it is checked: every value knows where it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import define, evolve, field, frozen

from archivolt.errors import ArchivoltError, ConfigError


@frozen
class Origin:
    """Where a value was written."""

    label: str = ""  # "search.yaml", "--set searcher.beam=3"; empty for values passed in Python
    folder: Path = field(factory=Path.cwd)  # relative paths start here
    line: int | None = None
    key: str = ""  # the key path that the label names already

    def where(self, path: str = "") -> str:
        """Name the place of `path`: "search.yaml:12, space.blocks[3]"."""
        place = f"{self.label}:{self.line}" if self.label and self.line else self.label
        shown = "" if path == self.key else path
        return ", ".join(part for part in (place, shown) if part) or "the configuration"


@define
class Node:
    """A scalar, a mapping of nodes or a list of nodes."""

    value: Any
    origin: Origin
    text: str | None = None  # a plain scalar as it was written

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    @property
    def is_word(self) -> bool:
        return isinstance(self.value, str)

    def get(self, key: str) -> Node | None:
        return self.value.get(key) if self.is_mapping else None

    def without(self, *keys: str) -> Node:
        """Return the same mapping without some of its keys."""
        return evolve(self, value={k: each for k, each in self.value.items() if k not in keys})

    def with_key(self, key: str, node: Node) -> Node:
        return evolve(self, value={**self.value, key: node})

    def named(self, key: str) -> Node:
        """Turn a word into the mapping that it stands for."""
        return Node({key: self}, self.origin) if self.is_word else self


def plain(node: Node) -> Any:
    """Return the data of a node without their places."""
    if node.is_mapping:
        return {key: plain(each) for key, each in node.value.items()}
    if node.is_list:
        return [plain(each) for each in node.value]
    return node.value


def from_python(data: object, origin: Origin) -> Node:
    """Make nodes of data that were passed in Python; components may stand among them."""
    if isinstance(data, Mapping):
        return Node({str(key): from_python(each, origin) for key, each in data.items()}, origin)
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return Node([from_python(each, origin) for each in data], origin)
    if hasattr(data, "item") and getattr(data, "ndim", None) == 0:  # a NumPy number
        return Node(data.item(), origin)
    return Node(data, origin)


class _CoreLoader(yaml.SafeLoader):
    """Plain scalars as YAML 1.2 reads them: `on` and `no` are text, `1e-4` is a number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_TAG = "tag:yaml.org,2002:"
_SIGNS = list("-+.0123456789")
for _name, _pattern, _first in (
    ("null", r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"(?:[-+]?[0-9][0-9_]*|0x[0-9a-fA-F]+|0o[0-7]+)", _SIGNS),
    (
        "float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))",
        _SIGNS,
    ),
    ("merge", r"(?:<<)", ["<"]),
):
    _CoreLoader.add_implicit_resolver(_TAG + _name, re.compile(f"^{_pattern}$"), _first)


def read_file(path: Path, errors: list[ArchivoltError], label: str = "") -> Node:
    """Read a YAML file.

    Args:
        path: The file.
        errors: Where to put what is wrong and does not keep the rest from being read.
        label: What messages call the file.

    Raises:
        ConfigError: there is no such file, or it is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(str(path), "there is no such file.") from None
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(str(path), f"cannot be read as text: {cause}.") from cause
    return read_text(text, Origin(label or str(path), path.absolute().parent), errors)


def read_text(text: str, origin: Origin, errors: list[ArchivoltError]) -> Node:
    """Read YAML; see `read_file`."""
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        if "stream end" in (cause.problem or "") and cause.context_mark:
            mark = cause.context_mark  # where the bracket or quote was opened
        at = evolve(origin, line=mark.line + 1) if mark and not origin.key else origin
        hint = "Indent with spaces." if "\\t" in str(cause.problem) else ""
        said = ", ".join(part for part in (cause.context, cause.problem) if part)
        raise ConfigError(at.where(), f"this is no YAML: {said}.", hint) from cause
    except yaml.YAMLError as cause:
        raise ConfigError(origin.where(), f"this is no YAML: {cause}.") from cause
    return _Composer(origin, errors).node(root) if root is not None else Node(None, origin)


@define
class _Composer:
    origin: Origin
    errors: list[ArchivoltError]
    _known: dict[int, Node | None] = field(factory=dict)  # anchors are read once

    def node(self, source: yaml.Node, path: str = "") -> Node:
        key = id(source)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._read(source, path)
        found = self._known[key]
        if found is None:
            raise ConfigError(self._at(source).where(path), "an anchor holds itself.")
        return found

    def _at(self, source: yaml.Node) -> Origin:
        if self.origin.key:  # one line of a command line needs no line number
            return self.origin
        return evolve(self.origin, line=source.start_mark.line + 1)

    def _read(self, source: yaml.Node, path: str) -> Node:
        at = self._at(source)
        if isinstance(source, yaml.MappingNode) and source.tag == f"{_TAG}map":
            return Node(self._mapping(source, path), at)
        if isinstance(source, yaml.SequenceNode) and source.tag == f"{_TAG}seq":
            entries = [self.node(each, f"{path}[{i}]") for i, each in enumerate(source.value)]
            return Node(entries, at)
        if isinstance(source, yaml.ScalarNode) and source.tag.startswith(_TAG):
            return self._scalar(source, at, path)
        shown = source.tag.replace(_TAG, "!!")
        self.errors.append(ConfigError(at.where(path), f"the tag {shown} means nothing here."))
        return Node(None, at)

    def _scalar(self, source: yaml.ScalarNode, at: Origin, path: str) -> Node:
        kind, text = source.tag.removeprefix(_TAG), source.value
        plain_text = text if source.style is None else None
        digits = text.replace("_", "")
        readers: dict[str, Callable[[], Any]] = {
            "null": lambda: None,
            "bool": lambda: text.lower() == "true",
            "int": lambda: _whole(digits),
            "float": lambda: float(re.sub(r"\.(?=inf|nan)", "", digits.lower())),
            "str": lambda: text,
            "merge": lambda: text,
        }
        try:
            value = readers[kind]()
        except (KeyError, ValueError):
            self.errors.append(ConfigError(at.where(path), f"{text!r} is no !!{kind}."))
            value = None
        return Node(value, at, plain_text)

    def _mapping(self, source: yaml.MappingNode, path: str) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key_source, value_source in source.value:
            if not isinstance(key_source, yaml.ScalarNode):
                where = self._at(key_source).where(path)
                self.errors.append(ConfigError(where, "a key must be a word."))
                continue
            key = str(key_source.value)
            below = f"{path}.{key}" if path else key
            if key_source.tag == f"{_TAG}merge":
                merged = self._merged(value_source, path)
            elif key in own:
                first = own[key].origin.line
                where = self._at(key_source).where(below)
                self.errors.append(ConfigError(where, f"this key is there already, line {first}."))
            else:
                own[key] = self.node(value_source, below)
        return {**merged, **own}

    def _merged(self, source: yaml.Node, path: str) -> dict[str, Node]:
        several = source.value if isinstance(source, yaml.SequenceNode) else [source]
        result: dict[str, Node] = {}
        for each in several:
            node = self.node(each, path)
            if node.is_mapping:
                result = {**node.value, **result}
            else:
                self.errors.append(ConfigError(node.origin.where(path), "<< takes mappings."))
        return result


def _whole(digits: str) -> int:
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = {"0x": 16, "0o": 8}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)
