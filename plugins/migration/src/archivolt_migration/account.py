"""The account of an import: a line for everything that is not carried over as it was."""

from __future__ import annotations

from attrs import define, field, frozen

from archivolt_migration.reading import Message


@frozen
class Remark:
    """One thing that differs from the file that was read."""

    subject: str  # "ensemble_spec.freeze_previous", "block GENERAL_BLOCK"
    what: str  # why it is not carried over as it was
    instead: str  # what the configuration has in its place
    line: int | None = None  # where the file says it; None: it is a default, or said nowhere

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        return f"{place}{self.subject}: {self.what}. Instead: {self.instead}."

    def told(self, file: str) -> str:
        """Return the line that is printed, with the file as errors have it."""
        place = f"{file}:{self.line}" if self.line else file
        return f"{place}, {self.subject}: {self.what}. Instead: {self.instead}."


@define
class Account:
    """Collects remarks in the order in which things are looked at."""

    remarks: list[Remark] = field(factory=list)

    def tell(self, subject: str, what: str, instead: str, line: int | None = None) -> None:
        remark = Remark(subject, what, instead, line)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def tell_field(self, message: Message, name: str, what: str, instead: str) -> None:
        """Tell of a field, at the line where it stands."""
        self.tell(message.below(name), what, instead, message.line_of(name))

    def in_order(self) -> tuple[Remark, ...]:
        """Return the remarks in the order of the file; those without a line come last."""
        last = max((each.line or 0 for each in self.remarks), default=0) + 1
        return tuple(sorted(self.remarks, key=lambda each: each.line or last))
