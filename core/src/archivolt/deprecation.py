"""Deprecation: what will be removed still works, and tells when it goes and what replaces it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

Target = TypeVar("Target", bound=Callable[..., Any])

_NOTICE = 2  # minor releases from the first warning to the removal


def deprecated(*, since: str, removed_in: str, use: str) -> Callable[[Target], Target]:
    """Mark a function or a component class as one that will be removed.

    A function warns where it is called, a class where an instance is made (`DeprecationWarning`);
    a component is told as well where a configuration or a stored run names it. Above a component
    class it stands first, before `@frozen`.

    Args:
        since: The release that warns first, `"0.3"`.
        removed_in: The release that will not have it any more, two minor releases later or more.
        use: What replaces it, as its users write it.

    Raises:
        ValueError: the notice is shorter.
    """
    _check_notice(since, removed_in)

    def mark(target: Target) -> Target:
        message = (
            f"{_title(target)} is deprecated since {since} and will be removed in {removed_in}: "
            f"use {use} instead."
        )
        if not isinstance(target, type):
            return cast(Target, _warning(target, message))
        # Type checkers know this attribute (PEP 702), and `message_of` reads it.
        target.__deprecated__ = message  # type: ignore[attr-defined]
        target.__init__ = _warning(target.__init__, message)  # type: ignore[misc]
        return target

    return mark


def message_of(component: type) -> str | None:
    """Tell when a class goes and what replaces it; None where it stays.

    A class that is derived from a deprecated one stays.
    """
    message = component.__dict__.get("__deprecated__")
    return None if message is None else str(message)


def _warning(function: Any, message: str) -> Any:
    @wraps(function)
    def warn_first(*arguments: Any, **options: Any) -> Any:
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return function(*arguments, **options)

    if function.__name__ != "__init__":
        warn_first.__deprecated__ = message  # type: ignore[attr-defined]
    return warn_first


def _title(target: Any) -> str:
    name = target.__dict__.get("name") if isinstance(target, type) else None
    return name if isinstance(name, str) and name else f"{target.__qualname__}"


def _check_notice(since: str, removed_in: str) -> None:
    from packaging.version import Version

    first, last = Version(since), Version(removed_in)
    if first.major == last.major and last.minor - first.minor < _NOTICE:
        raise ValueError(
            f"deprecated since {since} and removed in {removed_in}: what was public warns for "
            f"{_NOTICE} minor releases first. Write removed_in="
            f"'{first.major}.{first.minor + _NOTICE}' or later."
        )
    if last.major < first.major:
        raise ValueError(f"removed in {removed_in}, before it is deprecated in {since}.")
