"""What `parts.py` turns on, off and exchanges: variants of a search, by the part they are of."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from archivolt.plugins.registry import Registry, load_plugins

BASE = "base"
ENSEMBLER = "greedy_selection"  # of every variant that leaves its ensemble to the end
STUDENT = "student"
SEARCHER_OF_PRESETS = "gaussian_process"  # the base's
# Of every variant; a preset that names other ones is overruled, so that all data sets are alike.
COMMON = ("transfer=[]", f"ensembler={ENSEMBLER}", "phases={schedule: after_pool, pool: 3}")

TRANSFER = "Transfer"
DISTILLATION = "Distillation"
TOWERS = "Networks beside one another"
SEARCHER = "Searcher"
PARTS = (TRANSFER, DISTILLATION, TOWERS, SEARCHER)


@frozen
class Variant:
    """A search that differs from the base in one part.

    Args:
        part: That it changes.
        title: In the table.
        settings: `key=value`, as `--set` takes them.
    """

    part: str
    title: str
    settings: tuple[str, ...] = ()


FIXED = {
    "prefix": Variant(
        TRANSFER,
        "weights of the parent up to the first change",
        ("transfer=[{name: weight_sharing, alignment: prefix}]",),
    ),
    "content": Variant(
        TRANSFER,
        "weights of the parent on both sides of a change",
        ("transfer=[{name: weight_sharing, alignment: content}]",),
    ),
    "growing": Variant(
        TRANSFER,
        "the same, and changes that keep the function",
        (
            "transfer=[{name: weight_sharing, alignment: content}]",
            "mutators.widen=1",
            "mutators.insert_identity=1",
        ),
    ),
    "taught_by_best": Variant(
        DISTILLATION,
        "the best trial teaches",
        ("transfer=[{name: distillation, teacher: best}]",),
    ),
    "taught_by_ensemble": Variant(
        DISTILLATION,
        "the ensemble so far teaches",
        (
            "transfer=[{name: distillation, teacher: ensemble}]",
            "phases={schedule: intermixed, pool: 10, every: 10}",
        ),
    ),
    "adaptive": Variant(
        TOWERS,
        "beside the frozen best, on the labels",
        ("phases={schedule: adaptive, pool: 10, every: 10}",),
    ),
    "residual": Variant(
        TOWERS,
        "beside the frozen best, on the loss of both",
        ("phases={schedule: residual, pool: 10, every: 10}",),
    ),
}


def variants() -> dict[str, Variant]:
    """Return every variant by name: those of the parts, and each installed searcher."""
    searchers = {
        name: Variant(SEARCHER, f"`{name}`", (f"searcher={name}",))
        for name in _names(load_plugins(warn=False), "searcher")
        if name != SEARCHER_OF_PRESETS
    }
    return {BASE: Variant("", "as the preset has it"), **FIXED, **searchers}


def ensemblers() -> tuple[str, ...]:
    """Name the installed ensemblers."""
    return tuple(_names(load_plugins(warn=False), "ensembler"))


def title_of_base(part: str) -> str:
    """Say what the base is beside the variants of a part."""
    return {
        TRANSFER: "none: every trial begins at random",
        DISTILLATION: "none: the labels alone",
        TOWERS: "none: every network by itself",
        SEARCHER: f"`{SEARCHER_OF_PRESETS}`",
    }[part]


def _names(registry: Registry, kind: str) -> Iterator[str]:
    return (each.component.name for each in registry.of_kind(kind))
