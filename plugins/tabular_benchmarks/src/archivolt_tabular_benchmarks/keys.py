"""A mapping of a YAML file, asked for its keys."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from archivolt.errors import DataError, nearest


@frozen
class Keys:
    """A mapping of a YAML file, asked for its keys; what is wrong is told with the file."""

    document: Any
    where: str
    prefix: str = ""

    def check_names(self, known: tuple[str, ...]) -> None:
        if not isinstance(self.document, dict):
            self.fail("", "expected a mapping.")
        for key in self.document:
            if key not in known:
                self.fail(str(key), "there is no such key.", nearest(str(key), known))

    def get(self, key: str, default: Any, *kinds: type) -> Any:
        """Return the value of a key, of one of these types; a key with the default None must be."""
        value = self.document.get(key, default)
        if value is None:
            self.fail(key, "is missing.")
        if kinds and (not isinstance(value, kinds) or (type(value) is bool and bool not in kinds)):
            wanted = " or ".join(each.__name__ for each in kinds)
            self.fail(key, f"expected {wanted}, got {value!r}.")
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.get(key, choices[0], str)
        if value not in choices:
            self.fail(key, f"{value!r} is none of {', '.join(choices)}.")
        return str(value)

    def fail(self, key: str, what: str, hint: str = "") -> None:
        place = f"{self.where}, {self.prefix}{key}" if key else self.where
        raise DataError(what, place, hint)
