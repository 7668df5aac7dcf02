"""The root of everything pluggable: a frozen attrs class with a name."""

from __future__ import annotations

from typing import ClassVar

from attrs import fields

from archivolt.values.tunable import tunables


class Component:
    """A frozen attrs class: fields are configuration, the docstring's first line is help."""

    __slots__ = ()

    name: ClassVar[str] = ""
    # Names that earlier releases had for it, the first one first: stored runs, digests and
    # configurations that use them go on to mean this class.
    formerly: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def former_names(cls) -> tuple[str, ...]:
        """Return what the class says in `formerly` itself; a class derived from it says nothing."""
        former: tuple[str, ...] = cls.__dict__.get("formerly", ())
        return former

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0].strip()

    def unused(self) -> frozenset[str]:
        """Name the fields that mean nothing beside the values of the others.

        To change one of these alone changes nothing, so a search need not.
        """
        return frozenset()

    def __str__(self) -> str:
        shown = []
        searched = tunables(type(self))
        unused = self.unused()
        for each in fields(type(self)):  # type: ignore[arg-type]  # every component is attrs
            if not each.repr or each.name in unused:
                continue
            value = getattr(self, each.name)
            if each.name in searched or value != each.default:
                shown.append(_show(each.name, value))
        return f"{self.name}({', '.join(shown)})" if shown else self.name


def _show(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, str):
        return value if value != "none" else f"no {name}"
    if isinstance(value, float):
        return f"{name}={value:.3g}"
    if isinstance(value, tuple):
        return f"{name}=[{', '.join(map(str, value))}]"
    return f"{name}={value}"
