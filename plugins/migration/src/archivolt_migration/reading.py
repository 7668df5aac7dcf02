"""From the tree of a file to checked messages: fields are known, values have their types."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from archivolt.errors import nearest
from archivolt_migration.errors import SpecError, SpecErrors
from archivolt_migration.fields import (
    BOOL,
    FLOAT,
    INT,
    INT64,
    MESSAGES,
    ROOT,
    STRING,
    Enumeration,
    FieldType,
)
from archivolt_migration.text_format import Entry, Scalar, Tree, parse
from archivolt_migration.tokens import NUMBER
from archivolt_migration.tokens import STRING as QUOTED

_BITS = {INT: 31, INT64: 63}
_TRUTH = {"true": True, "True": True, "t": True, "1": True}
_TRUTH |= {"false": False, "False": False, "f": False, "0": False}
_WHOLE = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)")
_REAL = re.compile(r"(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[fF]?")
_SPECIAL = {"inf": math.inf, "infinity": math.inf, "nan": math.nan}
_MEANT = {
    BOOL: "true or false",
    INT: "a whole number",
    INT64: "a whole number",
    FLOAT: "a number",
    STRING: "text in quotes",
}


@frozen
class Given:
    """A value as the file gives it."""

    value: bool | int | float | str | Message
    line: int


@frozen
class Message:
    """A checked message; what the file does not say has its default."""

    type: str
    path: str  # "ensemble_spec.intermixed_search"; empty for the whole file
    line: int
    fields: Mapping[str, tuple[Given, ...]] = field(factory=dict, hash=False)
    # What was asked for: so that in the end nothing that the file says is passed over in silence.
    _asked: set[str] = field(factory=set, eq=False, repr=False, init=False)

    def all(self, name: str) -> tuple[Given, ...]:
        self._asked.add(name)
        return self.fields.get(name, ())

    def gives(self, name: str) -> bool:
        return bool(self.all(name))

    def not_asked(self) -> Iterator[tuple[str, int]]:
        """Yield path and line of what the file says and nobody has asked for."""
        for name, given in self.fields.items():
            if name not in self._asked:
                yield self.below(name), given[0].line
                continue
            for each in given:
                if isinstance(each.value, Message):
                    yield from each.value.not_asked()

    def set_aside(self) -> None:
        """Count all that it says as asked for: it is told of as a whole."""
        self._asked.update(self.fields)
        for given in self.fields.values():
            for each in given:
                if isinstance(each.value, Message):
                    each.value.set_aside()

    def line_of(self, name: str) -> int | None:
        """Return where a field stands; None where it does not."""
        return self.fields[name][0].line if name in self.fields else None

    def truth(self, name: str) -> bool:
        return bool(self._scalar(name))

    def whole(self, name: str) -> int:
        value = self._scalar(name)
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        value = self._scalar(name)
        assert isinstance(value, (int, float))
        return float(value)

    def text(self, name: str) -> str:
        return str(self._scalar(name))

    def texts(self, name: str) -> list[str]:
        return [str(each.value) for each in self.all(name)]

    def wholes(self, name: str) -> list[int]:
        return [each.value for each in self.all(name) if isinstance(each.value, int)]

    def message(self, name: str) -> Message:
        """Return a message, an empty one where the file says nothing."""
        given = self.messages(name)
        if given:
            return given[0]
        return Message(str(MESSAGES[self.type][name].type), self.below(name), self.line)

    def messages(self, name: str) -> list[Message]:
        return [each.value for each in self.all(name) if isinstance(each.value, Message)]

    def _scalar(self, name: str) -> object:
        given = self.all(name)
        return given[0].value if given else MESSAGES[self.type][name].default

    def below(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name


def read_spec(path: Path) -> Message:
    """Read a Model Search configuration in the protobuf text format.

    Raises:
        SpecSyntaxError: it is not in this format.
        SpecError: a field is not known, or a value is not of its type; several are told together.
        OSError: the file cannot be read.
    """
    return check(parse(decoded(path), path.name), path.name)


def decoded(path: Path) -> str:
    """Return the text of a file.

    Raises:
        SpecError: it is not UTF-8 text: a message in the binary format, or another file.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(
            path.name,
            f"byte {error.start} is no UTF-8 text.",
            "Expected a configuration in the protobuf text format, such as cnn_config.pbtxt.",
        ) from None


def check(tree: Tree, file: str) -> Message:
    """Check a tree against the fields that there are.

    Raises:
        SpecError: what is wrong, where; several are told together.
    """
    checker = _Checker(file)
    message = checker.message(tree, ROOT, "")
    errors = checker.errors
    if len(errors) > 1:
        head = errors[0]
        raise SpecErrors(head.where, head.what, head.hint, tuple(errors))
    if errors:
        raise errors[0]
    return message


@define
class _Checker:
    file: str
    errors: list[SpecError] = field(factory=list)

    def tell(self, line: int, path: str, what: str, hint: str = "") -> None:
        self.errors.append(SpecError(f"{self.file}:{line}, {path}", what, hint))

    def message(self, tree: Tree, name: str, path: str) -> Message:
        known = MESSAGES[name]
        read: dict[str, tuple[Given, ...]] = {}
        groups: dict[str, Entry] = {}
        for entry in tree.entries:
            at = f"{path}.{entry.name}" if path else entry.name
            kind = known.get(entry.name)
            if kind is None:
                what = f"{name} has no field {entry.name!r}."
                self.tell(entry.line, at, what, self._hint(entry.name, name))
                continue
            if entry.name in read and not kind.repeated:
                first = read[entry.name][0].line
                self.tell(entry.line, at, f"it is given twice, first in line {first}.")
                continue
            rival = groups.setdefault(kind.one_of, entry) if kind.one_of else entry
            if rival is not entry:
                self.tell(entry.line, at, f"{rival.name} of line {rival.line} excludes it.")
                continue
            value = self.value(entry, kind, at)
            if value is not None:
                read[entry.name] = (*read.get(entry.name, ()), Given(value, entry.line))
        return Message(name, path, tree.line, read)

    def _hint(self, field_name: str, name: str) -> str:
        """Tell the nearest field, or the message in which such a field stands."""
        homes = [each for each, fields in MESSAGES.items() if field_name in fields]
        if homes:
            return f"It is a field of {' and '.join(homes)}."
        return nearest(field_name, list(MESSAGES[name]))

    def value(
        self, entry: Entry, kind: FieldType, path: str
    ) -> bool | int | float | str | Message | None:
        """Read a value; None where what is wrong was told."""
        value, of = entry.value, kind.type
        if isinstance(of, str) and of in MESSAGES:
            if isinstance(value, Tree):
                return self.message(value, of, path)
            self.tell(entry.line, path, f"expected a message, {{ ... }}, got {value}.")
            return None
        if isinstance(value, Tree):
            meant = f"a value of {of.name}" if isinstance(of, Enumeration) else _MEANT[of]
            self.tell(entry.line, path, f"expected {meant}, got a message, {{ ... }}.")
            return None
        if isinstance(of, Enumeration):
            return self._of_enumeration(value, of, path)
        read = _read(value, of)
        if read is None:
            hint = f"From -2^{_BITS[of]} to 2^{_BITS[of]} - 1." if of in _BITS else ""
            whole = value.kind == NUMBER and _WHOLE.fullmatch(value.text)
            hint = hint if whole else ""
            self.tell(value.line, path, f"expected {_MEANT[of]}, got {value}.", hint)
        return read

    def _of_enumeration(self, value: Scalar, of: Enumeration, path: str) -> str | None:
        for name, number in of.values.items():
            if value.kind == NUMBER and value.text == str(number):
                return name
            if value.kind not in (NUMBER, QUOTED) and value.text == name:
                return name
        hint = nearest(value.text, list(of.values))
        if value.kind == QUOTED and value.text in of.values:
            hint = "Write it without quotes."
        self.tell(value.line, path, f"expected a value of {of.name}, got {value}.", hint)
        return None


def _read(value: Scalar, of: str) -> bool | int | float | str | None:
    """Read a scalar of a type; None where it is of another."""
    if of == STRING or value.kind == QUOTED:
        return value.text if of == STRING and value.kind == QUOTED else None
    if of == BOOL:
        return _TRUTH.get(value.text)
    if of in _BITS:
        return _whole(value.text, _BITS[of])
    if real := _REAL.fullmatch(value.text):
        return float(real.group(1))
    special = _SPECIAL.get(value.text.lstrip("-").lower())
    return -special if special is not None and value.text.startswith("-") else special


def _whole(text: str, bits: int) -> int | None:
    if not _WHOLE.fullmatch(text):
        return None
    digits = text.lstrip("-")
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[:1] == "0" else 10
    whole = int(digits, base) * (-1 if text[0] == "-" else 1)
    return whole if -(2**bits) <= whole < 2**bits else None
