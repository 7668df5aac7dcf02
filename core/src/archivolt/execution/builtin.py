"""The executors that core brings, registered as any plugin would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt.hookspecs import hookimpl

if TYPE_CHECKING:
    from archivolt.components.executor import Executor


@hookimpl
def archivolt_executors() -> Iterable[type[Executor]]:
    from archivolt.execution.inline import InlineExecutor
    from archivolt.execution.local import LocalExecutor

    return [LocalExecutor, InlineExecutor]
