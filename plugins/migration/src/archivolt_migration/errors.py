"""What can be wrong with a file that is to be imported."""

from __future__ import annotations

from attrs import define

from archivolt.errors import ArchivoltError, HintedError

SHOWN = 10  # errors told at once


@define
class SpecSyntaxError(ArchivoltError):
    """Text that is not in the protobuf text format."""

    file: str
    line: int
    column: int
    expected: str
    found: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}, column {self.column}"
        return f"{place}: expected {self.expected}, got {self.found}."


@define
class SpecError(ArchivoltError):
    """A field or a value that a Model Search configuration cannot have."""

    where: str  # "cnn_config.pbtxt:12, ensemble_spec.combining_type"
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.hint}".rstrip()


@define
class SpecErrors(SpecError):  # noqa: N818  several of them
    """Several errors of one file; `where`, `what` and `hint` are of the first."""

    errors: tuple[SpecError, ...] = ()

    def __str__(self) -> str:
        lines = [str(each) for each in self.errors[:SHOWN]]
        if len(self.errors) > SHOWN:
            lines.append(f"... and {len(self.errors) - SHOWN} more.")
        return "\n".join(lines)


@define
class ImportSpecError(HintedError):
    """An import that cannot be written."""
