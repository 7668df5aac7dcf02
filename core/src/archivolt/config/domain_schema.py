"""Domains as JSON Schema: what one value may be, and how several may be given to be searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archivolt.values.domain import Choices, Domain, Range

Schema = dict[str, Any]


def in_domain(schema: Mapping[str, Any], domain: Domain) -> Schema:
    """Narrow the schema of a field's type to the values of its domain."""
    if isinstance(domain, Range):
        return {**schema, "minimum": domain.low, "maximum": domain.high}
    if isinstance(domain, Choices):
        numbers = [
            each
            for each in domain.values
            if isinstance(each, (int, float)) and not isinstance(each, bool)
        ]
        if len(numbers) == len(domain.values):  # a grid: see `wording.allows`
            return {**schema, "minimum": min(numbers), "maximum": max(numbers)}
        if not numbers and all(not isinstance(each, tuple) for each in domain.values):
            return {"enum": list(domain.values)}
    return dict(schema)


def searched(value: Schema, number: bool) -> Schema:
    """Describe a field that is given a value, a list of choices or, for numbers, a range."""
    options = [value, {"type": "array", "items": value, "minItems": 1}]
    if number:
        ends = dict.fromkeys(("low", "high"), value)
        options.append(
            {
                "type": "object",
                "properties": {**ends, "log": {"type": "boolean"}},
                "additionalProperties": False,
            }
        )
    return {"anyOf": options}
