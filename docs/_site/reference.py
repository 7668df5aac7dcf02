"""The pages of the Python names, and what the page of a hook says of its specification."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from textwrap import dedent

import attributes

import archivolt
from archivolt import hookspecs, testing
from archivolt.plugins.kinds import KINDS

HOOKS = tuple(sorted(name for name in vars(hookspecs) if name.startswith("archivolt_")))
_OF_HOOK = {kind.hook: kind.base for kind in KINDS.values()}
_HOOK_OF = {base.__name__: hook for hook, base in _OF_HOOK.items()}

# Where a public name lives in core, and under which head the page has it.
_HEADS = {
    "search": "Searching",
    "values": "Values",
    "hookspecs": "Plugins",
    "plugins": "Plugins",
    "deprecation": "Plugins",
    "components": "Base classes",
    "errors": "Errors",
}
_REST = "Further"


def python_page() -> str:
    """Return the page of what `archivolt` offers."""
    lines = ["# Python", "", "What `archivolt` offers by name; all else may change.", ""]
    heads: dict[str, list[str]] = {head: [] for head in (*_HEADS.values(), _REST)}
    for name in sorted(archivolt.__all__, key=str.lower):
        heads[_HEADS.get(archivolt._HOMES[name].split(".")[1], _REST)].append(name)
    for head, names in heads.items():
        lines += [f"## {head}", ""] if names else []
        for name in names:
            if name in _HOOK_OF:
                lines += [f"### {name}", "", *_pointer(name), ""]
            else:
                lines += _entry(archivolt._HOMES[name], name, level=3)
    return "\n".join(lines)


def testing_page() -> str:
    """Return the page of what `archivolt.testing` offers."""
    lines = ["# For the tests of a pack", "", inspect.getdoc(testing) or "", ""]
    for name in sorted(testing.__all__, key=str.lower):
        found = getattr(testing, name)
        if inspect.ismodule(found):
            lines += [f"::: {found.__name__}", "    options: {heading_level: 2}", ""]
        else:
            lines += [f"::: {found.__module__}.{name}", "    options: {heading_level: 2}", ""]
    return "\n".join(lines)


def specification(hook: str) -> str:
    """Return what the code says of a hook: its signature, text and example, and its base class."""
    spec = getattr(hookspecs, hook)
    told, _, example = (inspect.getdoc(spec) or "").partition("Example:\n")
    lines = ["", "## Specification", "", "```python", signature(hook), "```", ""]
    lines += [_arguments(told).strip(), "", "```python", dedent(example).strip(), "```", ""]
    if hook in _OF_HOOK:
        base = _OF_HOOK[hook]
        lines += ["## The base class", ""]
        lines += _entry(base.__module__, base.__name__, level=3)
    return "\n".join(lines)


def signature(hook: str) -> str:
    """Write a hook's signature as it stands in the specification."""
    found = inspect.signature(getattr(hookspecs, hook))
    return f"def {hook}{found}".replace("'", "")


def _pointer(name: str) -> Iterator[str]:
    hook = _HOOK_OF[name]
    summary = (inspect.getdoc(getattr(archivolt, name)) or "").partition("\n")[0]
    yield f"{summary} [What it promises](../hooks/{hook}.md#{archivolt._HOMES[name]}.{name})."


def _entry(module: str, name: str, level: int) -> list[str]:
    """Write an object's docstring; of a class also its fields, then its methods."""
    found = getattr(__import__(module, fromlist=[name]), name)
    path = f"{module}.{name}"
    if not inspect.isclass(found):
        return [f"::: {path}", f"    options: {{heading_level: {level}}}", ""]
    lines = [f"::: {path}", f"    options: {{heading_level: {level}, members: false}}", ""]
    if not issubclass(found, Exception):
        lines += attributes.table(found)
    for method in attributes.methods(found):
        lines += [f"::: {path}.{method}", f"    options: {{heading_level: {level + 1}}}", ""]
    return lines


def _arguments(text: str) -> str:
    """Turn the section of arguments into a list."""
    head, found, rest = text.partition("Args:\n")
    if not found:
        return text
    return head + re.sub(r"^\s*(\w+): ", r"- `\1`: ", rest, flags=re.M)
