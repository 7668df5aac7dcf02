"""A single value over a configuration, from an option of its own or an argument."""

from __future__ import annotations

from typing import Any

from attrs import frozen


@frozen
class Setting:
    """What `--target income` or `target="income"` sets."""

    key: str  # the path of what is set, `data.target`
    value: Any  # plain data
    label: str = ""  # as a person wrote it, "--target income"; empty for values passed in Python
