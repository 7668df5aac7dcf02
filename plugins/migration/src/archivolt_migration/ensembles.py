"""How trained networks are combined: `ensemble_spec`."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from archivolt_migration.draft import Draft, Wanted
from archivolt_migration.leftovers import tell_leftovers
from archivolt_migration.reading import Message

PACK = "archivolt-ensembling"
ALONE = "the best trial alone"
BESIDE = ("adaptive", "residual")  # schedules that ask no ensembler
UNKNOWN = "UNKNOWN_ENSEMBLE_SEARCH"


@frozen
class _Plan:
    """When ensembles are made, and out of how many."""

    schedule: str
    pool: int  # trials with a score before the first one
    every: int | None = None  # trials from one to the next
    candidates: int | None = None  # the best so many may be members
    width: int | None = None  # members

    @property
    def phases(self) -> dict[str, Any]:
        chosen = {"every": self.every, "candidates": self.candidates}
        given = {key: value for key, value in chosen.items() if value is not None}
        return {"schedule": self.schedule, "pool": self.pool, **given}


def write_ensembles(spec: Message, draft: Draft) -> None:
    """Write `ensembler` and `phases`."""
    ensembling = spec.message("ensemble_spec")
    kind = ensembling.text("ensemble_search_type")
    line = ensembling.line_of("ensemble_search_type")
    subject = f"ensemble_spec {kind}"
    tell_leftovers(ensembling, draft.account)
    if kind == UNKNOWN:
        draft.put("phases", {"schedule": "none"})  # no preset adds ensembles
        if spec.gives("ensemble_spec"):
            what = "it names no type of search, which makes no ensembles"
            draft.account.tell("ensemble_spec", what, ALONE, ensembling.line)
        return
    plan = _plan(kind, ensembling)
    combining = ensembling.text("combining_type")
    if plan.schedule in BESIDE:
        if not _write_phases(draft, plan, subject, line):
            draft.put("phases", {"schedule": "none"})
        elif combining == "WEIGHTED_ENSEMBLE":
            draft.account.tell(
                "ensemble_spec.combining_type",
                "the towers of an adaptive ensemble have weights there",
                "every tower counts the same",
                ensembling.line_of("combining_type"),
            )
        return
    name = "weighted" if combining == "WEIGHTED_ENSEMBLE" else "average"
    fields = {} if plan.width is None else {"members": plan.width}
    ensembler = draft.fit(Wanted("ensembler", name, fields, PACK), subject, ALONE, line)
    if ensembler is None:
        return
    if not _write_phases(draft, plan, subject, line):
        draft.put("phases", {"schedule": "none"})
        return
    draft.document["ensembler"] = ensembler
    if plan.width is not None:
        what = (
            f"an ensemble is a trial there, of {plan.width} that are drawn from the best "
            f"{plan.candidates}"
        )
        best = f"the best {plan.width}, combined by their stored predictions; it costs no trial"
        draft.account.tell(subject, what, best, line)


def _plan(kind: str, ensembling: Message) -> _Plan:
    if kind == "NONADAPTIVE_ENSEMBLE_SEARCH":
        search = ensembling.message("nonadaptive_search")
        pool, best = search.whole("minimal_pool_size"), search.whole("num_trials_to_consider")
        return _Plan("after_pool", pool, None, best, search.whole("width"))
    if kind == "INTERMIXED_NONADAPTIVE_ENSEMBLE_SEARCH":
        search = ensembling.message("intermixed_search")
        every, best = search.whole("try_ensembling_every"), search.whole("num_trials_to_consider")
        return _Plan("intermixed", every, every, best, search.whole("width"))
    schedule = "residual" if kind == "RESIDUAL_ENSEMBLE_SEARCH" else "adaptive"
    every = ensembling.message("adaptive_search").whole("increase_width_every")
    return _Plan(schedule, every, every)


def _write_phases(draft: Draft, plan: _Plan, subject: str, line: int | None) -> bool:
    """Write when ensembles are made, with the keys that are taken; False where none of it is."""
    if draft.put("phases", plan.phases):
        return True
    why = draft.refused({"phases": {"schedule": plan.schedule}})
    if why is not None:
        what = f"the schedule {plan.schedule!r} is not taken ({why.rstrip('.')})"
        draft.account.tell(subject, what, ALONE, line)
        return False
    taken = {
        key: value
        for key, value in plan.phases.items()
        if draft.refused({"phases": {"schedule": plan.schedule, key: value}}) is None
    }
    for key in plan.phases.keys() - taken.keys():
        draft.account.tell(subject, f"phases has no {key}={plan.phases[key]}", "its default", line)
    return draft.put("phases", taken)
