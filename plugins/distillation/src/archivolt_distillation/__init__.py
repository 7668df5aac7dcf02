"""Distillation: new trials learn from what a teacher predicts, beside the labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archivolt import hookimpl

if TYPE_CHECKING:
    from archivolt.components.transfer import Transfer
    from archivolt_distillation.distilling import distill as distill

__version__ = "0.1.0"


@hookimpl
def archivolt_transfers() -> Iterable[type[Transfer]]:
    from archivolt_distillation.strategy import Distillation

    return [Distillation]


def __getattr__(name: str) -> object:
    if name == "distill":  # on first use: a search needs the strategy alone
        from archivolt_distillation.distilling import distill

        return distill
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
