"""Failures of plugins, as values: whose it was, at which step, and why."""

from __future__ import annotations

import traceback

from attrs import field, frozen

from archivolt.plugins.origin import Origin

DISCOVERY = "discovery"  # the plugin was asked for and is not there
VERSION = "version"  # it was written for another archivolt-core
IMPORT = "import"
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
        text = str(error).strip()
        cause = f"{type(error).__name__}: {text}" if text else type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if not _is_ours(frame.filename)]
        if own:
            cause += f" ({own[-1].filename}:{own[-1].lineno})"
        log = "".join(traceback.format_exception(error))
        return cls(origin, step, cause, log=log)

    def __str__(self) -> str:
        return f"{self.origin}: {self.step}: {self.cause}"


def _is_ours(filename: str) -> bool:
    # Frames of the machinery that imports and calls say nothing about the plugin.
    return (
        filename.startswith("<frozen")
        or "importlib" in filename
        or filename.replace("\\", "/").rpartition("/")[0].endswith("archivolt/plugins")
    )
