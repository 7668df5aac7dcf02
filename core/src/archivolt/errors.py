"""Errors with fields: callers read them, and they survive the way back from a worker process."""

from __future__ import annotations

from difflib import get_close_matches

from attrs import define, field


class ArchivoltError(Exception):
    """Base of every error that Archivolt tells a person; the command line prints it and exits 1."""


@define
class HintedError(ArchivoltError):
    """What is wrong, and what to do about it where that is known."""

    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".rstrip()


def nearest(name: str, known: tuple[str, ...] | list[str]) -> str:
    """Tell the nearest valid choices to `name`, or all of them where they are few."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(repr(each) for each in near)}?"
    if len(known) <= 12:
        return f"Known: {', '.join(sorted(known)) or 'none'}."
    return f"Known: {len(known)} names."


@define
class SpaceError(HintedError):
    """A candidate that the search space does not hold, or a space that holds none."""


@define
class ExhaustedError(ArchivoltError):
    """A search space in which a searcher finds nothing that was not tried."""

    trials: int  # in the history
    attempts: int  # draws that gave nothing new

    def __str__(self) -> str:
        return (
            f"the search space gave nothing new in {self.attempts:,} draws after {self.trials:,} "
            "trials. Add blocks, depth or searched values to the space, or end with this budget."
        )


@define
class DataError(ArchivoltError):
    """Data that cannot be used as they are."""

    what: str
    where: str = ""  # a file, a column, a line
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what} {self.hint}".rstrip()


@define
class ConfigError(ArchivoltError):
    """A configuration that says something Archivolt cannot do."""

    where: str  # "search.yaml:12, space.blocks[3]"
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.hint}".rstrip()


@define
class UnknownComponentError(ArchivoltError):
    """A name that no installed pack registers."""

    kind: str
    name: str
    known: tuple[str, ...]
    where: str = ""  # "search.yaml:12, space.blocks[3]"
    hint: str = ""  # a failed or missing pack that would have it

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = self.hint or f"{nearest(self.name, self.known)} See `archivolt plugins list`."
        return f"{place}no {self.kind} is named {self.name!r}. {hint}"


@define
class AmbiguousComponentError(ArchivoltError):
    """A bare name that several packs register."""

    kind: str
    name: str
    candidates: tuple[str, ...]
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        choices = " or ".join(repr(each) for each in self.candidates)
        return f"{place}{self.kind} {self.name!r} is registered more than once. Write {choices}."


@define
class PluginSetError(ArchivoltError):
    """A process that cannot load the plugins another one has."""

    changes: tuple[str, ...]

    def __str__(self) -> str:
        return f"the plugins differ from those of the run. {' '.join(self.changes)}"


@define
class CommandError(ArchivoltError):
    """A command of a pack that is installed and cannot be had."""

    word: str  # what follows `archivolt`
    why: str

    def __str__(self) -> str:
        return f"the command {self.word!r} cannot be run. {self.why}"


@define
class PackError(ArchivoltError):
    """A pack that cannot be made or checked."""

    where: str  # a folder, a wheel, a name
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.hint}".rstrip()


@define
class PackNameError(ArchivoltError):
    """A name that a new pack cannot have."""

    name: str
    why: str
    valid: str  # the nearest that it can have

    def __str__(self) -> str:
        return f"{self.name!r} {self.why} Call it {self.valid!r}."


@define
class RunError(ArchivoltError):
    """A run folder that cannot be opened or written."""

    folder: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.folder}: {self.what} {self.hint}".rstrip()


@define
class TrialFailure(ArchivoltError):  # noqa: N818  an outcome of a trial, no fault of a caller
    """Why a trial ended without a score."""

    cause: str  # not_finite, out_of_memory, time_limit, memory_limit, worker_died or error
    message: str = ""
    log: str = field(default="", repr=False)  # traceback or the end of the worker's output

    def __str__(self) -> str:
        return f"{self.cause}: {self.message}" if self.message else self.cause


@define
class SearchError(HintedError):
    """A search that cannot go on."""


@define
class SearchOverError(ArchivoltError):
    """A scheduler that has nothing left to train."""

    why: str

    def __str__(self) -> str:
        return self.why
