"""The protobuf text format as a tree in which every field and value knows its line.

A parser of our own, of the syntax alone: `google.protobuf.text_format` needs the compiled messages,
ends at the first error, forgets the lines, and refuses what some shipped files say. The language is
described at https://protobuf.dev/reference/protobuf/textformat-spec.
"""

from __future__ import annotations

from attrs import define, field, frozen

from archivolt_migration.errors import SpecSyntaxError
from archivolt_migration.tokens import END, MARK, NAME, NUMBER, STRING, Token, tokens_of, unquote

WORD = "word"  # a bare name: true, an enum value, inf
_CLOSING = {"{": "}", "<": ">"}
_DEEPEST = 100  # messages in messages


@frozen
class Scalar:
    """A value as it is written: kind `word`, `number` or `string`."""

    kind: str
    text: str  # of a string, what it means
    line: int

    def __str__(self) -> str:
        return f"the text {self.text!r}" if self.kind == STRING else self.text


@frozen
class Entry:
    """A field and one value; a list in brackets is an entry a value."""

    name: str
    value: Scalar | Tree
    line: int


@frozen
class Tree:
    """The fields of a message, in the order of the file."""

    entries: tuple[Entry, ...]
    line: int


def parse(text: str, file: str = "") -> Tree:
    """Read a message.

    Raises:
        SpecSyntaxError: line and column, and what was expected there.
    """
    parser = _Parser(list(tokens_of(text, file)), file)
    return Tree(tuple(parser.fields(END, 0)), 1)


@define
class _Parser:
    tokens: list[Token]
    file: str
    at: int = field(default=0, init=False)

    @property
    def ahead(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.ahead
        self.at += 1
        return token

    def is_next(self, *marks: str) -> bool:
        return self.ahead.kind == MARK and self.ahead.text in marks

    def fail(self, expected: str) -> SpecSyntaxError:
        token = self.ahead
        return SpecSyntaxError(self.file, token.line, token.column, expected, str(token))

    def fields(self, closing: str, depth: int) -> list[Entry]:
        """Read fields up to the mark that closes the message, or the end of the file."""
        if depth > _DEEPEST:
            raise self.fail(f"at most {_DEEPEST} messages in each other")
        found: list[Entry] = []
        while True:
            if closing == END and self.ahead.kind == END:
                return found
            if closing != END and self.is_next(closing):
                self.take()
                return found
            if self.ahead.kind != NAME:
                end = "the end of the file" if closing == END else repr(closing)
                raise self.fail(f"a field name or {end}")
            found += self.entry(depth)
            if self.is_next(",", ";"):
                self.take()

    def entry(self, depth: int) -> list[Entry]:
        name = self.take()
        colon = self.is_next(":")
        if colon:
            self.take()
        if self.is_next("["):
            return self.listed(name, colon, depth)
        return [Entry(name.text, self.value(colon, depth), name.line)]

    def listed(self, name: Token, colon: bool, depth: int) -> list[Entry]:
        self.take()
        found: list[Entry] = []
        if self.is_next("]"):
            self.take()
            return found
        while True:
            line = self.ahead.line
            found.append(Entry(name.text, self.value(colon, depth), line))
            if self.is_next("]"):
                self.take()
                return found
            if not self.is_next(","):
                raise self.fail("',' or ']'")
            self.take()

    def value(self, colon: bool, depth: int) -> Scalar | Tree:
        if self.is_next("{", "<"):
            opening = self.take()
            return Tree(tuple(self.fields(_CLOSING[opening.text], depth + 1)), opening.line)
        if not colon:
            raise self.fail("':' or '{'")
        return self.scalar()

    def scalar(self) -> Scalar:
        line = self.ahead.line
        sign = self.take().text if self.is_next("-") else ""
        kind = self.ahead.kind
        if kind == STRING and not sign:
            parts = []
            while self.ahead.kind == STRING:  # strings beside each other are one
                parts.append(unquote(self.take().text))
            return Scalar(STRING, "".join(parts), line)
        if kind == NUMBER:
            return Scalar(NUMBER, sign + self.take().text, line)
        if kind == NAME:
            return Scalar(WORD, sign + self.take().text, line)
        raise self.fail("a number" if sign else "a value")
