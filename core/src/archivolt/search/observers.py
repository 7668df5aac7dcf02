"""Telling observers what happens: each event goes to its event hook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archivolt.plugins.registry import Registry
from archivolt.search.events import (
    EpochEnded,
    Event,
    SearchFinished,
    SearchStarted,
    TrialFailed,
    TrialFinished,
    TrialStarted,
)


def notify(registry: Registry, event: Event, config: Mapping[str, Any]) -> None:
    """Call the event hook of an event; notes have none.

    Args:
        registry: Who observes.
        event: What happened.
        config: Of the search, as plain data.
    """
    tell = registry.notify
    if isinstance(event, SearchStarted):
        tell("archivolt_search_started", run=event.run, trials=event.trials, config=dict(config))
    elif isinstance(event, TrialStarted):
        tell("archivolt_trial_started", trial=event.trial)
    elif isinstance(event, EpochEnded):
        epoch, metrics = event.epoch, event.metrics
        tell("archivolt_epoch_ended", trial=event.trial, epoch=epoch, metrics=metrics)
    elif isinstance(event, TrialFinished):
        tell("archivolt_trial_finished", trial=event.trial)
    elif isinstance(event, TrialFailed):
        tell("archivolt_trial_failed", trial=event.trial)
    elif isinstance(event, SearchFinished):
        tell(
            "archivolt_search_finished",
            run=event.run,
            trials=event.trials,
            best=event.best,
            reason=event.reason,
        )
