"""An ensemble of a run, with what is known about it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from archivolt.values.ensemble import Ensemble


@frozen
class Combined:
    """An ensemble that was made of the trials of a run."""

    number: int  # 0, 1, 2 … in the order in which a run's ensembles were made
    trials: int  # that had ended then
    ensemble: Ensemble
    metrics: Mapping[str, float] = field(factory=dict, hash=False)  # on the rows that chose it
    adds: tuple[float, ...] = ()  # by how much the loss rises without each member; () unknown
    parameters: int = 0  # of all members
    among: int = 0  # trials that could have become members
    report: Mapping[str, float] = field(factory=dict, hash=False)  # on rows that no choice saw
