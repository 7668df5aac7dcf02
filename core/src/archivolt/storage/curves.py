"""What trials reported after each epoch, as the history holds it."""

from __future__ import annotations

from math import isfinite, nan

from sqlalchemy import Connection, select

from archivolt.storage.schema import epochs

Curves = dict[int, list[tuple[int, float]]]  # epochs with their scores, by trial


def read_curves(connection: Connection, metric: str) -> Curves:
    """Read the reported scores of every trial.

    Args:
        connection: To the history.
        metric: That is the score.
    """
    query = select(epochs.c.trial, epochs.c.epoch, epochs.c.metrics)
    curves: Curves = {}
    for number, epoch, metrics in connection.execute(query.order_by(*epochs.primary_key)):
        score = metrics.get(metric, nan)
        if isfinite(score):
            curves.setdefault(number, []).append((epoch, score))
    return curves
