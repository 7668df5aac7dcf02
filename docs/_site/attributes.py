"""Fields of classes, with the words that stand beside them in the source."""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from collections.abc import Iterator
from textwrap import dedent

import attrs
from attrs import frozen

from archivolt.values.tunable import tunables


@frozen
class Attribute:
    """An annotated name in the body of a class."""

    name: str
    type: str
    default: str  # "": it has none
    searched: str  # the domain; "": it is no tunable field
    comment: str  # beside it or above it; "": none

    @property
    def meaning(self) -> str:
        """What is said of it, in a cell of a table."""
        said = "; ".join(each for each in (self.comment.rstrip("."), self.searched) if each)
        return said.replace("|", "\\|")


def attributes(cls: type) -> tuple[Attribute, ...]:
    """List the public fields and class variables of a class, those of its bases first."""
    found: dict[str, Attribute] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("archivolt"):
            found.update((each.name, each) for each in _own(base))
    return tuple(found.values())


def table(cls: type) -> list[str]:
    """Return the lines of a table of a class's fields; none where it has no field."""
    rows = [
        f"| `{each.name}` | `{each.type}` | {_code(each.default)} | {each.meaning} |"
        for each in attributes(cls)
    ]
    return ["| field | type | default | |", "| --- | --- | --- | --- |", *rows, ""] if rows else []


def methods(cls: type) -> Iterator[str]:
    """Yield the public methods and properties that a class defines with a docstring, in order."""
    for each in _body(dedent(inspect.getsource(cls))):
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            setter = any(isinstance(found, ast.Attribute) for found in each.decorator_list)
            if ast.get_docstring(each) and not setter:
                yield each.name


def _own(cls: type) -> Iterator[Attribute]:
    fields = attrs.fields_dict(cls) if attrs.has(cls) else {}
    domains = tunables(cls) if fields else {}
    try:
        source = dedent(inspect.getsource(cls))
    except OSError:  # the class was made at run time, there is nothing beside its fields
        for each in fields.values():
            searched = str(domains.get(each.name, ""))
            yield Attribute(each.name, _type(each.type), _default(each.default), searched, "")
        return
    comments = _comments(source)
    lines = source.splitlines()
    for line in _body(source):
        if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
            continue
        name = line.target.id
        if name.startswith("_") or (name in fields and not fields[name].init):
            continue
        kind = ast.unparse(line.annotation).removeprefix("ClassVar[")
        if kind != ast.unparse(line.annotation):
            kind = kind.removesuffix("]")
        if name in fields:
            default = _default(fields[name].default)
        else:
            default = ast.unparse(line.value) if line.value is not None else ""
        searched = str(domains[name]) if name in domains else ""
        comment = comments.get(line.end_lineno or 0, "") or _above(lines, comments, line.lineno)
        yield Attribute(name, kind, default, searched, comment)


def _body(source: str) -> list[ast.stmt]:
    return next(each for each in ast.parse(source).body if isinstance(each, ast.ClassDef)).body


def _type(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _default(value: object) -> str:
    if value is attrs.NOTHING:
        return ""
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        return f"{getattr(value.factory, '__name__', 'made')}()"
    return repr(value)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        each.start[0]: each.string.lstrip("# ").rstrip()
        for each in tokens
        if each.type == tokenize.COMMENT and not each.string.startswith("# type:")
    }


def _above(lines: list[str], comments: dict[int, str], at: int) -> str:
    """Join the lines of comment that end above a line."""
    said: list[str] = []
    while (at := at - 1) in comments and lines[at - 1].lstrip().startswith("#"):
        said.insert(0, comments[at])
    return " ".join(said)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
