"""`tunable`: a field of a component that a search may change, and the domain it moves in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import field, fields_dict

from archivolt.values.domain import Choices, Domain, Range

if TYPE_CHECKING:
    pass

_DOMAIN = "archivolt.domain"


def tunable(
    default: Any,
    *,
    choices: Iterable[Hashable] | None = None,
    low: float | None = None,
    high: float | None = None,
    log: bool = False,
) -> Any:
    """Declare a field that a search may change.

    Args:
        default: The value that a component has when nobody says otherwise; in the domain.
        choices: The values to choose from.
        low: The smallest number, with `high` instead of `choices`.
        high: The largest number.
        log: Draw numbers with equal chances for equal ratios.

    Raises:
        ValueError: neither `choices` nor `low` and `high`, both, or a default outside the domain.
    """
    if (choices is None) == (low is None and high is None):
        raise ValueError("tunable() takes either choices=... or low=... and high=...")
    domain: Domain
    if choices is not None:
        domain = Choices(tuple(choices))
    elif low is None or high is None:
        raise ValueError("tunable() takes low=... and high=... together")
    else:
        domain = Range(low, high, log)
    if default not in domain:
        raise ValueError(f"the default {default!r} is not {domain}")
    return field(default=default, metadata={_DOMAIN: domain})


def tunables(component: type) -> dict[str, Domain]:
    """List the tunable fields of an attrs class and their domains; do not change the result."""
    return _tunables(component)


@lru_cache(maxsize=4096)
def _tunables(component: type) -> dict[str, Domain]:
    return {
        name: attribute.metadata[_DOMAIN]
        for name, attribute in fields_dict(component).items()
        if _DOMAIN in attribute.metadata
    }
