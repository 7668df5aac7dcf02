"""What can go wrong with an export."""

from __future__ import annotations

from attrs import define

from archivolt.errors import ArchivoltError, HintedError, nearest


@define
class UnknownFormatError(ArchivoltError):
    """A format that nothing is exported to."""

    name: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return f"no export format is named {self.name!r}. {nearest(self.name, self.known)}"


@define
class MissingLibraryError(ArchivoltError):
    """A library that a format needs, and that is not installed."""

    format: str
    library: str

    def __str__(self) -> str:
        return (
            f"the format {self.format} needs {self.library}, which is not installed: "
            f"pip install 'archivolt-export[{self.format}]'"
        )


@define
class ExportError(HintedError):
    """An export that cannot be written as it was asked for."""


@define
class ConversionError(ArchivoltError):
    """A model that a converter does not take."""

    format: str
    why: str  # in the converter's words
    layers: tuple[str, ...] = ()  # which it does not take: "lookup_0 (StringLookup)"
    hint: str = ""

    def __str__(self) -> str:
        blamed = f" It does not take {', '.join(self.layers)}." if self.layers else ""
        return f"{self.format} cannot hold this model: {self.why}.{blamed} {self.hint}".rstrip()
