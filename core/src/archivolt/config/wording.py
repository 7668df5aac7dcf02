"""What is said of values that do not fit: what was written, what is allowed."""

from __future__ import annotations

import re
from typing import Any

from archivolt.config.nodes import Node
from archivolt.errors import nearest
from archivolt.values.domain import Domain


def describe_value(node: Node) -> str:
    """Name what was written: "the text 'adam'"."""
    value = node.value
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {node.text or value}"
    if isinstance(value, str):
        return f"the text {value!r}"
    return "a mapping" if node.is_mapping else "a list" if node.is_list else repr(value)


def allows(domain: Domain, value: Any) -> bool:
    """Tell whether a configuration may give a tunable field this value.

    Numbers among choices are a grid to search on rather than all that works, so any number from
    the smallest to the largest of them may be given.
    """
    if value in domain:
        return True
    grid = [each for each in getattr(domain, "values", ()) if _is_number(each)]
    if not grid or not _is_number(value):
        return False
    whole = all(isinstance(each, int) for each in grid)
    return min(grid) <= value <= max(grid) and (not whole or value == int(value))


def out_of(domain: Domain, value: Any) -> tuple[str, str]:
    """Say that a value is outside a domain, and what is near."""
    grid = [each for each in getattr(domain, "values", ()) if _is_number(each)]
    if grid and _is_number(value):
        return f"{value} is not from {min(grid)} to {max(grid)}.", ""
    names = [str(each) for each in getattr(domain, "values", ())]
    if names:
        return f"{value!r} is not one of {', '.join(names)}.", nearest(str(value), names) if len(
            names
        ) > 3 else ""
    return f"{value!r} is not {domain}.", ""


def what_it_says(error: Exception) -> tuple[str, str]:
    """Put the message of an attrs validator into words; the field that it is about, if any."""
    if len(error.args) == 4 and isinstance(error.args[2], (tuple, list, set, frozenset)):
        _, attribute, options, value = error.args  # of `in_`
        names = [str(each) for each in options]
        near = f" {nearest(str(value), names)}" if len(names) > 3 else ""
        what = f"{value!r} is not one of {', '.join(names)}.{near}"
        return what, str(getattr(attribute, "alias", None) or getattr(attribute, "name", ""))
    text = str(error.args[0]) if error.args else str(error)
    match = re.match(r"'(\w+)' must (.*?)(?:: (\S+))?$", text.partition(" (got ")[0], re.S)
    if match is None:
        return text if text.endswith(".") else f"{text}.", ""
    key, must, value = match.groups()
    got = re.search(r" \(got (.*?)\)?$", text)
    value = value or (got.group(1) if got else None)
    must = must.replace("be >= ", "be at least ").replace("be <= ", "be at most ")
    must = must.replace("be > ", "be above ").replace("be < ", "be below ")
    return f"must {must}" + (f", not {value}." if value else "."), key


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
