"""The final student: what a finished run found teaches one small network, within a limit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen
from attrs.validators import in_, optional
from numpy.random import default_rng

from archivolt.errors import RunError
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.selection import in_order
from archivolt_distillation.strategy import BEST, ENSEMBLE, MODEL, Distillation

if TYPE_CHECKING:
    from archivolt.search.model_facts import ModelFacts
    from archivolt.search.run import Run
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

STUDENT = "student"  # the folder of its search, below the run
TEACHER = "teacher"  # and in that, of the model that teaches
TRIALS = 20  # of that search, where nothing else is said
KNOWN = 5  # most candidates of the run that are trained anew first


@frozen
class Lesson:
    """How a student is to be found.

    `None` leaves it open: the teacher is the ensemble where there is one, and the student has no
    more parameters than the run's best single network.
    """

    max_parameters: int | None = None
    teacher: str | None = field(default=None, validator=optional(in_((BEST, ENSEMBLE))))
    trials: int | None = None
    minutes: float | None = None
    weight: float | None = None  # of the loss on the teacher's predictions
    temperature: float | None = None

    @property
    def budget(self) -> dict[str, Any]:
        trials = self.trials if self.trials or self.minutes else TRIALS
        return {"trials": trials, "minutes": self.minutes}


@frozen
class Student:
    """A student, beside its teacher and beside what the run found without one."""

    run: Run  # the search that found it
    teacher: str  # best, ensemble
    taught_by: Mapping[str, Any] = field(hash=False)  # trials, parameters, validation, report
    about: ModelFacts
    limits: Limits
    weight: float  # of the teacher's loss; 0: nobody teaches
    alone: Trial | None  # the run's best single network within the same limits
    interrupted: bool = False


def begin(run: Run, lesson: Lesson, again: bool = False) -> Run:
    """Make the search for a student below a finished run.

    Raises:
        RunError: the run has not ended, has no such teacher, or has a student already.
        SpaceError: no candidate keeps within the limit; how small the smallest is.
    """
    name = lesson.teacher or (ENSEMBLE if run.about_ensemble is not None else BEST)
    teacher = _facts(run, name)
    limits = _limits(run, lesson.max_parameters)
    space = evolve(run.space, limits=limits)
    space.sample(default_rng(run.config.seed))
    place = run.path / STUDENT / TEACHER
    changes = {
        "space.limits": _plain_limits(limits),
        "transfer": [*_others(run), _strategy(lesson, place)],
        "suggestions": _suggestions(run, space, lesson.budget["trials"]),
        "ensembler": None,
        "phases": {"schedule": "none"},
        "finalists": {"training": "none"},
        "budget": lesson.budget,
    }
    taught = "a small network beside" if lesson.weight == 0 else "a student of"
    about = {
        "what": f"{taught} {_told(name, teacher)}",
        "teacher": name,
        "taught_by": {
            "trials": list(teacher.trials),
            "parameters": teacher.parameters,
            "validation": dict(teacher.validation),
            "report": dict(teacher.report),
        },
    }
    furnish = partial(_write_teacher, run, name, teacher)
    return run.branch(STUDENT, changes, about, furnish, replace=again)


def compare(run: Run, student: Run, interrupted: bool = False) -> Student:
    """Put a student beside its teacher and beside the run's own best within the limits.

    Raises:
        RunError: its search has not ended.
    """
    (branch,) = [each for each in run.branches() if each.name == STUDENT]
    if branch.single is None:
        raise RunError(str(student.path), "has not ended.", "Go on with it: `archivolt distill`.")
    limits = student.config.space.limits
    first = _within(run, evolve(run.space, limits=limits), 1)
    return Student(
        run=student,
        teacher=branch.about["teacher"],
        taught_by=branch.about["taught_by"],
        about=branch.single,
        limits=limits,
        weight=_weight(student),
        alone=first[0] if first else None,
        interrupted=interrupted,
    )


def _facts(run: Run, teacher: str) -> ModelFacts:
    single, ensemble = run.about_single, run.about_ensemble
    if single is None:
        raise RunError(
            str(run.path),
            "has not ended: there is no teacher yet.",
            "Continue it with `archivolt resume`.",
        )
    if teacher == BEST:
        return single
    if ensemble is None:
        raise RunError(
            str(run.path),
            "holds no ensemble.",
            "Make one with `archivolt ensemble`, or take the teacher `best`.",
        )
    return ensemble


def _told(teacher: str, facts: ModelFacts) -> str:
    if teacher == BEST:
        return f"trial {facts.trials[0]}"
    return f"the ensemble of {len(facts.trials)}"


def _limits(run: Run, max_parameters: int | None) -> Limits:
    """Return the limits of the run, and for parameters what is asked or its best network has."""
    if max_parameters is None and run.about_single is not None:
        max_parameters = run.about_single.parameters
    limits = run.config.space.limits
    return limits if max_parameters is None else evolve(limits, parameters=max_parameters)


def _plain_limits(limits: Limits) -> dict[str, int | None]:
    return {"parameters": limits.parameters, "flops": limits.flops, "bytes": limits.bytes}


def _others(run: Run) -> list[Any]:
    """Return what the run's trials take from each other, apart from another teacher's lessons."""
    written = run.config.document["transfer"]
    pairs = zip(run.config.transfer, written, strict=True)
    return [plain for strategy, plain in pairs if not isinstance(strategy, Distillation)]


def _strategy(lesson: Lesson, place: Path) -> dict[str, Any]:
    given = {"weight": lesson.weight, "temperature": lesson.temperature}
    return {
        "name": f"distillation:{Distillation.name}",
        "teacher": MODEL,
        "model": str(place),
        "pool": 0,
        **{key: value for key, value in given.items() if value is not None},
    }


def _weight(student: Run) -> float:
    lessons = [each for each in student.config.transfer if isinstance(each, Distillation)]
    return lessons[0].weight if lessons else 0.0


def _suggestions(run: Run, space: SearchSpace, trials: int | None) -> list[dict[str, Any]]:
    """Return the run's best candidates within the limits, as a configuration suggests them."""
    count = KNOWN if trials is None else min(KNOWN, max(1, trials // 2))
    rows = {row["number"]: row for row in run.leaderboard()}
    return [
        {key: rows[trial.number][key] for key in ("architecture", "recipe")}
        for trial in _within(run, space, count)
    ]


def _within(run: Run, space: SearchSpace, count: int) -> list[Trial]:
    """Return the run's first trials within the limits, in the order in which it would deliver.

    Those that were trained beside a frozen network are more than their candidates, so they are
    left out.
    """
    history = run.history
    alone = (trial for trial in history.ranked() if trial.prior is None)
    fitting = [trial for trial in alone if trial.candidate in space]
    among = History(history.maximize, objectives=history.objectives)
    for place, trial in enumerate(fitting):
        among.record(evolve(trial, number=place, parent=None))
    first = in_order(among, count, run.config.problem.selection)
    return [fitting[trial.number] for trial in first]


def _write_teacher(run: Run, teacher: str, facts: ModelFacts, folder: Path) -> None:
    """Write the teacher as the search trained it, on the training rows alone.

    What the run predicts by may have seen all rows, those that judge a student among them.
    """
    target = folder / TEACHER
    target.mkdir()
    evaluator, history = run.config.evaluator, run.history
    trials = [history[number] for number in facts.trials]
    if teacher == BEST:
        (trial,) = trials
        evaluator.deliver(trial, run.problem, run.artifacts(trial.number), target)
        return
    delivered = [each for each in run.ensembles() if each.ensemble.members == facts.trials]
    evaluator.deliver_ensemble(delivered[-1], trials, run.problem, run.artifacts, target)
