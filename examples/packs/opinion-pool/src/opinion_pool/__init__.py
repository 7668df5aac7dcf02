"""The logarithmic opinion pool as an ensembler of Archivolt."""

from __future__ import annotations

from collections.abc import Iterable

from archivolt import Ensembler, hookimpl
from opinion_pool.pooling import OpinionPool


@hookimpl
def archivolt_ensemblers() -> Iterable[type[Ensembler]]:
    return [OpinionPool]
