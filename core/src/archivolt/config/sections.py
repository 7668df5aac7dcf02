"""The sections of a configuration: what each key means, and what it is by default."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from attrs import field, frozen
from attrs.validators import and_, ge, gt, in_, lt, optional

from archivolt.components.block import Block
from archivolt.components.ensembler import Ensembler
from archivolt.components.evaluator import Evaluator
from archivolt.components.executor import Executor
from archivolt.components.source import Source
from archivolt.components.strategies import Mutator, Scheduler, Searcher
from archivolt.components.transfer import Transfer
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Domain
from archivolt.values.encoding import in_memory
from archivolt.values.finalists import TRAININGS
from archivolt.values.footprint import Limits
from archivolt.values.objectives import Objective
from archivolt.values.problem import BINARY, MULTICLASS, REGRESSION, SEVERAL, TASKS
from archivolt.values.quantities import size_field
from archivolt.values.recipe import Recipe
from archivolt.values.selection import RULES
from archivolt.values.several import PartWish

SINGLE = (BINARY, MULTICLASS, REGRESSION)  # what one of several tasks may be


@frozen
class SplitConfig:
    """Which rows fit, which select, which report."""

    validation: float = field(default=0.2, validator=and_(gt(0.0), lt(1.0)))  # share of the rows
    report: float = field(default=0.2, validator=and_(ge(0.0), lt(1.0)))  # 0: no report rows
    group: str | None = None  # column: rows with the same value stay together
    time: str | None = None  # column: the latest rows report, those before validate


@frozen
class PartConfig:
    """One of several tasks: what is to be predicted for one target."""

    task: str | None = field(default=None, validator=optional(in_(SINGLE)))  # None: guessed, told
    metric: str | None = None  # None: accuracy, or r2 for numbers
    weight: float = field(default=1.0, validator=gt(0.0))  # of its loss, and of its metric
    blocks: tuple[BlockChoice, ...] = ()  # of its head alone, each at its defaults; not searched

    def as_value(self) -> PartWish:
        blocks = tuple(choice.default() for choice in self.blocks)
        return PartWish(self.task, self.metric, self.weight, blocks)


@frozen
class ProblemConfig:
    """What is to be predicted, and how it is judged."""

    task: str | None = field(default=None, validator=optional(in_(TASKS)))  # None: guessed, told
    metric: str | None = None  # None: the first of the task
    tasks: Mapping[str, PartConfig] = field(factory=dict)  # of several targets, by their names
    split: SplitConfig = field(factory=SplitConfig)
    class_weights: str | Mapping[str, float] | None = None  # "balanced", or a weight a class
    selection: str = field(default=RULES[0], validator=in_(RULES))  # which trial is delivered

    @tasks.validator
    def _check_tasks(self, _: object, tasks: Mapping[str, PartConfig]) -> None:
        if tasks and self.task not in (None, SEVERAL):
            raise ValueError(f"'tasks' must go with the task {SEVERAL!r}: {self.task}")


@frozen
class CellsConfig:
    """How blocks are grouped into cells."""

    size: int = field(default=4, validator=ge(1))  # blocks in a cell
    reduction: BlockChoice | None = None  # stands between cells
    replicate: bool = False  # search one cell and repeat it
    repeats: int = field(default=3, validator=ge(1))  # cells in the network, with `replicate`


@frozen
class SpaceConfig:
    """Which candidates a search may propose."""

    blocks: tuple[BlockChoice, ...] = ()
    connectors: tuple[BlockChoice, ...] = ()
    depth: tuple[int, int] = field(default=(1, 4))  # fewest and most searched blocks
    cells: CellsConfig | None = None
    recipe: Recipe = field(factory=Recipe)  # the fixed values
    recipe_domains: Mapping[str, Domain] = field(factory=dict)  # the searched ones
    limits: Limits = field(factory=Limits)

    @depth.validator
    def _check_depth(self, _: object, depth: tuple[int, int]) -> None:
        fewest, most = depth
        if not 0 <= fewest <= most or most < 1:
            raise ValueError(f"'depth' must be [fewest, most], the most at least 1: {list(depth)}")


@frozen
class Suggestion:
    """A candidate of yours, trained before the searcher is asked for any."""

    architecture: tuple[Block, ...]  # connectors and reductions may be left out
    recipe: Recipe = field(factory=Recipe)
    where: str | None = in_memory()  # as it was written: "search.yaml:12, suggestions[0]"


@frozen
class Budget:
    """When to stop; whatever is reached first."""

    trials: int | None = field(default=None, validator=optional(ge(1)))
    # Wall clock.
    minutes: float | None = field(default=None, validator=optional(and_(gt(0.0), lt(inf))))
    epochs: int | None = field(default=None, validator=optional(ge(1)))  # over all trials
    target: float | None = None  # of the metric, on the validation rows
    plateau: int | None = field(default=None, validator=optional(ge(1)))  # trials without a better


NO_ENSEMBLES = "none"
AFTER_POOL = "after_pool"
INTERMIXED = "intermixed"
ADAPTIVE = "adaptive"
RESIDUAL = "residual"
SCHEDULES = (AFTER_POOL, INTERMIXED, ADAPTIVE, RESIDUAL, NO_ENSEMBLES)


@frozen
class PhasesConfig:
    """When trained candidates are combined: searching explores, ensembles exploit."""

    # after_pool: at the end, when `pool` trials have a score; intermixed: then, too, and again
    # after every `every` trials more. adaptive: when `pool` trials have a score, and again after
    # every `every` more, the best model so far is frozen, and new networks are trained beside it;
    # residual: the same, on the loss of both together. none: never, whatever the ensembler.
    schedule: str = field(default=SCHEDULES[0], validator=in_(SCHEDULES))
    pool: int = field(default=2, validator=ge(1))  # trials with a score, before the first ensemble
    every: int = field(default=5, validator=ge(1))  # trials until the next ensemble, or prior
    candidates: int = field(default=50, validator=ge(1))  # the best so many may become members


@frozen
class FinalistsConfig:
    """Whether what is delivered is trained once more: the best network, the ensemble's members."""

    # fresh: from other random initial values, without transfer; chosen and weighted anew among
    # themselves. all_rows: on training and validation rows together, as many epochs as were kept,
    # combined as before. none: delivered as the search trained them.
    training: str = field(default=TRAININGS[0], validator=in_(TRAININGS))


@frozen
class ArtifactsConfig:
    """How much of what trials leave on disk is kept: weights, predictions."""

    quota: int | None = size_field("10GiB")  # of all trials together; null: no limit
    keep: int = field(default=100, validator=ge(1))  # the best so many are kept in any case


@frozen
class Config:
    """One search, whole: every component built, every default filled in."""

    searcher: Searcher
    scheduler: Scheduler
    evaluator: Evaluator
    executor: Executor
    space: SpaceConfig
    data: Source | None = None  # None: the arrays that were passed in Python
    problem: ProblemConfig = field(factory=ProblemConfig)
    objectives: tuple[Objective, ...] = field(default=())  # beside the metric, and limits of them
    mutators: tuple[tuple[Mutator, float], ...] = ()  # with their weights; 0: off
    suggestions: tuple[Suggestion, ...] = ()  # candidates to train first
    transfer: tuple[Transfer, ...] = ()  # what new trials take from earlier ones
    ensembler: Ensembler | None = None  # None: the best trial alone is delivered
    phases: PhasesConfig = field(factory=PhasesConfig)
    finalists: FinalistsConfig = field(factory=FinalistsConfig)
    budget: Budget = field(factory=Budget)
    artifacts: ArtifactsConfig = field(factory=ArtifactsConfig)
    seed: int = field(default=0, validator=ge(0))
    preset: str | None = None
    plugins: tuple[Path, ...] = ()  # files of inline plugins, absolute
    document: Mapping[str, Any] = field(factory=dict, eq=False)  # as written, preset merged in
    notes: tuple[str, ...] = field(default=(), eq=False)  # what was guessed, each a sentence

    @objectives.validator
    def _check_objectives(self, _: object, objectives: tuple[Objective, ...]) -> None:
        names = [each.name for each in objectives]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"'objectives' must name each once: {', '.join(twice)}")
        for name in names:
            if getattr(self.evaluator, name, None) is False:
                raise ValueError(
                    f"'objectives' must name what trials tell, and {name} is told only with "
                    f"`evaluator.{name}=true`"
                )
