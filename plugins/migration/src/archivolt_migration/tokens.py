"""Tokens of the protobuf text format, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from archivolt_migration.errors import SpecSyntaxError

# Kinds, by the names of their groups below.
NAME, NUMBER, STRING, MARK, END = "name", "number", "string", "mark", "end"

_BLANK = re.compile(r"(?:\s+|#[^\n]*)+")
_TOKEN = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    # A digit run with letters in it is one token, so that "12x" is told as such.
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[A-Za-z0-9_.]*)"
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"|(?P<mark>[{}<>\[\]:;,/.-])"
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|(.))", re.S)
_CONTROLS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


@frozen
class Token:
    """A word, number, string or mark, as it is written."""

    kind: str
    text: str
    line: int  # from 1
    column: int  # from 1

    def __str__(self) -> str:
        return "the end of the file" if self.kind == END else repr(self.text)


def tokens_of(text: str, file: str) -> Iterator[Token]:
    """Split a text into its tokens; comments run from `#` to the end of the line.

    Raises:
        SpecSyntaxError: a character that begins no token, or a string without an end.
    """
    at, line, start = 0, 1, 0  # `start` is where the line begins
    while True:
        blank = _BLANK.match(text, at)
        if blank is not None:
            line += blank.group().count("\n")
            if "\n" in blank.group():
                start = text.rindex("\n", 0, blank.end()) + 1
            at = blank.end()
        column = at - start + 1
        if at == len(text):
            yield Token(END, "", line, column)
            return
        found = _TOKEN.match(text, at)
        if found is None:
            expected, got = "a field name or a value", repr(text[at])
            if text[at] in "\"'":
                expected = f"a closing {text[at]} on the same line"
                got = "the end of the line"
            raise SpecSyntaxError(file, line, column, expected, got)
        yield Token(str(found.lastgroup), found.group(), line, column)
        at = found.end()


def unquote(text: str) -> str:
    """Return what a quoted string means, its escapes resolved to UTF-8 text."""
    body, encoded, at = text[1:-1], bytearray(), 0
    for found in _ESCAPE.finditer(body):
        encoded += body[at : found.start()].encode()
        octal, hexadecimal, point, other = found.groups()
        if octal is not None:
            encoded.append(int(octal, 8) & 0xFF)
        elif hexadecimal is not None:
            encoded.append(int(hexadecimal, 16))
        elif point is not None:
            encoded += chr(int(point, 16)).encode("utf-8", "replace")
        elif other in _CONTROLS:
            encoded.append(_CONTROLS[other])
        else:
            encoded += other.encode()
        at = found.end()
    encoded += body[at:].encode()
    return encoded.decode("utf-8", "replace")
