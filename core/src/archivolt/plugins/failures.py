"""Failures of plugins, as values: whose it was, at which step, and why."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import field, frozen

from archivolt.errors import ArchivoltError, SearchError
from archivolt.plugins.origin import Origin

BROKEN = (Exception, SystemExit)  # what a plugin may do to us; Ctrl-C is the user's

DISCOVERY = "discovery"  # the plugin was asked for and is not there
VERSION = "version"  # it was written for another archivolt-core
IMPORT = "import"
COMMAND = "command"  # a word after `archivolt` that cannot be had
HOOKS = "hooks"  # a hook function is misspelt, unmarked, or asks for the wrong arguments
# Further steps are the name of the hook that raised, and "check: …" for a class left out.


@frozen
class PluginFailure:
    """One thing that went wrong with one plugin; its other components stay."""

    origin: Origin
    step: str
    cause: str  # a sentence, or the type and text of an exception
    component: str = ""  # the class or component that is missing for it, where it is one
    log: str = field(default="", repr=False, eq=False)  # the traceback

    @classmethod
    def of(cls, origin: Origin, step: str, error: BaseException) -> PluginFailure:
        """Attribute an exception, with the last line of the plugin's own code."""
        log = "".join(traceback.format_exception(error))
        return cls(origin, step, cause_of(error), log=log)

    def __str__(self) -> str:
        return f"{self.origin}: {self.step}: {self.cause}"


def cause_of(error: BaseException) -> str:
    """Write an exception in one line, with the place in the plugin's code where it was raised."""
    text = str(error).strip()
    cause = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_ours(frame.filename)]
    return f"{cause} ({own[-1].filename}:{own[-1].lineno})" if own else cause


@contextmanager
def attributed(kind: str, component: object) -> Iterator[None]:
    """Tell what a component raises as its failure; what Archivolt tells anyway stays as it is.

    Raises:
        SearchError: the component failed.
    """
    try:
        yield
    except (ArchivoltError, OSError):  # a full disk is told as that
        raise
    except Exception as error:
        name = getattr(component, "name", type(component).__name__)
        raise SearchError(f"the {kind} {name!r} failed: {cause_of(error)}") from error


def _is_ours(filename: str) -> bool:
    # Frames of the machinery that imports and calls say nothing about the plugin.
    return (
        filename.startswith("<frozen")
        or "importlib" in filename
        or filename.replace("\\", "/").rpartition("/")[0].endswith("archivolt/plugins")
    )
