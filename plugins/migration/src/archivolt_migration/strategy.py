"""How candidates are proposed and for how long they are trained: `search_type` and its fields."""

from __future__ import annotations

from typing import Any

from archivolt_migration.draft import Draft, Wanted
from archivolt_migration.fields import GENETIC
from archivolt_migration.leftovers import DEAD
from archivolt_migration.reading import Message

DESCENT = "ADAPTIVE_COORDINATE_DESCENT"
CONSTRAINED = "CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT"
RANDOM = "NONADAPTIVE_RANDOM_SEARCH"
HARMONICA = "HARMONICA_SEARCH"
LINEAR = "LINEAR_MODEL"
UNKNOWN = "UNKNOWN_SEARCH_TYPE"
FIXED_DEPTH = (RANDOM, HARMONICA)

EVERY = 5  # finished trials until a block more, where no thresholds are given
_ALIGNMENT = {"NET_ALIGN_BASE": "base"}  # all else: head


def write_searcher(spec: Message, draft: Draft) -> None:
    """Write the searcher, and the mutators that it changes candidates with."""
    kind = spec.text("search_type")
    wanted = _wanted(kind, spec, draft)
    line = spec.line_of("search_type")
    written = draft.fit(wanted, f"search_type {kind}", "greedy", line)
    if written is None:
        if kind == LINEAR and spec.gives("linear_model"):
            what = "it belongs to the search that is not installed"
            draft.account.tell_field(spec, "linear_model", what, "nothing")
        written = draft.fit(_greedy(spec), "search_type", "the default searcher", line)
    if written is not None:
        draft.document["searcher"] = written
        if written["name"] not in ("random", "harmonica"):  # those change no candidate
            draft.document["mutators"] = _mutators(spec, draft, kind)


def write_scheduler(spec: Message, draft: Draft) -> None:
    """Write how long a trial is trained: all the same, or by the depth of its network."""
    written = None
    if spec.truth("use_parameter_scaled_training"):
        fields = {"full_depth": spec.whole("maximum_depth")}  # blocks, for all of the epochs
        wanted = Wanted("scheduler", "depth_scaled", fields)
        line = spec.line_of("use_parameter_scaled_training")
        subject = "use_parameter_scaled_training"
        written = draft.fit(wanted, subject, "every trial has all epochs", line)
    draft.document["scheduler"] = written or draft.fit(
        Wanted("scheduler", "full", {"max_epochs": None}), "scheduler", "the default scheduler"
    )


def thresholds(spec: Message) -> list[int]:
    """Return how many finished trials each depth takes, one threshold a depth.

    Past the last one that the file gives, the depth is the largest at once.
    """
    given = spec.wholes("increase_complexity_minimum_trials")
    deepest = spec.whole("maximum_depth")
    if not given:
        return [EVERY * level for level in range(deepest)]
    return [*given, *[given[-1]] * (deepest - len(given))]


def _wanted(kind: str, spec: Message, draft: Draft) -> Wanted:
    if kind == RANDOM:
        return Wanted("searcher", "random")
    if kind == HARMONICA:
        return Wanted("searcher", "harmonica")
    if kind == LINEAR:
        return _linear(spec, draft)
    if kind == GENETIC:
        return _evolution(spec, draft)
    if kind == UNKNOWN:
        what = "no search is named, and Model Search then stops"
        draft.account.tell("search_type", what, "greedy", spec.line_of("search_type"))
    return _greedy(spec)


def _greedy(spec: Message) -> Wanted:
    fields: dict[str, Any] = {
        "beam": spec.whole("beam_size"),
        "growth_probability": spec.number("increase_complexity_probability"),
        "starts": 1,  # there is no random start beyond the first result
        "trials_a_level": 0,
        "depth_schedule": thresholds(spec),
    }
    if spec.text("search_type") == CONSTRAINED and spec.truth("replicate_cell"):
        fields |= {"growth_probability": 0.0, "depth_schedule": []}  # a cell is only mutated
    return Wanted("searcher", "greedy", fields)


def _linear(spec: Message, draft: Draft) -> Wanted:
    model = spec.message("linear_model")
    what = "the depth does not grow with the number of trials where a linear model chooses it"
    name = "increase_complexity_minimum_trials"
    if spec.gives(name):
        draft.account.tell_field(spec, name, what, "every depth from the start")
    fields = {
        "alignment": _ALIGNMENT.get(model.text("network_alignment"), "head"),
        "ridge_penalty": model.number("ridge_penalty"),
        "remove_outliers": model.truth("remove_outliers"),
        "trials_before_fit": model.whole("trials_before_fit"),
        "growth_probability": spec.number("increase_complexity_probability"),
    }
    return Wanted("searcher", "linear", fields)


def _evolution(spec: Message, draft: Draft) -> Wanted:
    line = spec.line_of("search_type")
    what = f"{DEAD}, and it does not even parse a file that names it"
    draft.account.tell(f"search_type {GENETIC}", what, "regularised evolution", line)
    return Wanted("searcher", "evolution", {"crossover": spec.number("crossover_probability")})


def tell_probabilities(spec: Message, draft: Draft) -> None:
    """Tell of the three probabilities that only the unreleased genetic search would read."""
    genetic = spec.text("search_type") == GENETIC
    used = {
        "mutate_probability": "evolution mutates where it does not cross",
        "crossover_probability": "it is the field `crossover` of evolution",
        "random_architecture_probability": "random architectures fill the first population",
    }
    for name, instead in used.items():
        if spec.gives(name):
            draft.account.tell_field(spec, name, DEAD, instead if genetic else "nothing")


def _mutators(spec: Message, draft: Draft, kind: str) -> list[str]:
    grows = not (kind == CONSTRAINED and spec.truth("replicate_cell"))
    names = [*(["insert"] if grows else []), "replace", "change_recipe"]
    if any(isinstance(value, (dict, list)) for value in _block_values(draft)):
        names.append("change_parameter")
    told = "a child keeps the recipe of its parent, where Model Search draws one for every trial"
    draft.account.tell("search_type", told, "the mutator change_recipe, as likely as the others")
    if grows:
        told = "a new block stands anywhere that it fits, in Model Search last of its kind"
        draft.account.tell("search_type", told, "the mutator insert")
    return [name for name in names if draft.fit(Wanted("mutator", name), "mutators", "nothing")]


def _block_values(draft: Draft) -> list[Any]:
    blocks = draft.document.get("space", {}).get("blocks", ())
    return [value for block in blocks for value in block.values()]
