"""The strategy `distillation`: new trials learn from what a teacher predicts."""

from __future__ import annotations

from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge, gt, in_, optional

from archivolt.components.transfer import CROSS_ENTROPY, FORMS, ExtraLoss, Plan, Teacher, Transfer
from archivolt.errors import DataError
from archivolt.values.ensemble import Ensemble
from archivolt.values.selection import in_order

if TYPE_CHECKING:
    from attrs import Attribute

    from archivolt.values.history import History
    from archivolt.values.trial import Trial

BEST, ENSEMBLE, MODEL = "best", "ensemble", "model"
WEIGHT = "weight"  # among the details of a plan


@frozen
class Distillation(Transfer):
    """Let a trial learn from a teacher's predictions on the training rows, beside the labels.

    The loss on the labels, and `weight` times that on the teacher's predictions (Hinton et al.,
    2015), as the adaptively balanced losses of Model Search (Mazzawi and Gonzalvo, 2021): the
    weight may rise or fall over the trials, and stays at its end.
    """

    name = "distillation"
    teacher: str = field(default=BEST, validator=in_((BEST, ENSEMBLE, MODEL)))
    loss: str = field(default=CROSS_ENTROPY, validator=in_(FORMS))
    temperature: float = field(default=2.0, validator=gt(0.0))  # softens both sides; above 1
    weight: float = field(default=1.0, validator=ge(0.0))  # of this loss beside the labels'
    final_weight: float | None = field(default=None, validator=optional(ge(0.0)))
    ramp: int = field(default=10, validator=ge(1))  # trials from `weight` to `final_weight`
    pool: int = field(default=10, validator=ge(0))  # trials with a score before it begins
    model: Path | None = field(default=None)  # a Keras file, or the folder of a delivered model
    gives_logits: bool = False  # the model; otherwise it gives probabilities

    @model.validator
    def _check_model(self, _: Attribute[Path | None], model: Path | None) -> None:
        if self.teacher == MODEL and model is None:
            raise ValueError("the teacher `model` needs the path of one: `model: …`")
        if self.teacher != MODEL and model is not None:
            raise ValueError(f"a model is given, and the teacher is `{self.teacher}`, not `model`")

    def unused(self) -> frozenset[str]:
        unused = set()
        if self.final_weight is None:
            unused.add("ramp")
        if self.teacher != MODEL:
            unused |= {"model", "gives_logits"}
        return frozenset(unused)

    def plan(self, trial: Trial, history: History) -> Plan:
        if history.scored < self.pool:
            return Plan()
        weight = self._weight(history.scored - self.pool)
        teacher = self._teacher(history) if weight > 0.0 else None
        if teacher is None:
            return Plan()
        members = teacher.ensemble
        sources = zip(members.members, members.weights, strict=True) if members else ()
        return Plan(tuple(sources), {WEIGHT: weight}, teacher)

    def extra_loss(self, trial: Trial, plan: Plan) -> ExtraLoss | None:
        if plan.teacher is None:
            return None
        return ExtraLoss(plan.teacher, self.loss, float(plan.details[WEIGHT]), self.temperature)

    def _weight(self, past: int) -> float:
        """Return the weight after so many trials beyond the pool."""
        if self.final_weight is None:
            return self.weight
        share = min(1.0, past / self.ramp)
        return (1.0 - share) * self.weight + share * self.final_weight

    def _teacher(self, history: History) -> Teacher | None:
        if self.model is not None:
            return Teacher(
                model=self.model.absolute(),
                digest=_digest(self.model),
                gives_logits=self.gives_logits,
            )
        ensemble = history.ensemble if self.teacher == ENSEMBLE else None
        if ensemble is None:
            best = in_order(history, 1)
            if not best:
                return None
            ensemble = Ensemble((best[0].number,), (1.0,))
        return Teacher(ensemble, tuple(history[number].epochs for number in ensemble.members))


def _digest(model: Path) -> str:
    """Return the digest of a model's file, or of all files of its folder.

    Raises:
        DataError: there is none.
    """
    try:
        files = [model]
        if model.is_dir():
            files = sorted(path for path in model.rglob("*") if path.is_file())
        states = ((path.absolute(), path.stat()) for path in files)
        return _digest_of(tuple((path, at.st_size, at.st_mtime_ns) for path, at in states))
    except OSError as cause:
        raise DataError(
            "transfer distillation.model cannot be read.",
            str(model),
            "Name a Keras model file, *.keras, or the folder of a delivered model.",
        ) from cause


@lru_cache(maxsize=8)
def _digest_of(files: tuple[tuple[Path, int, int], ...]) -> str:
    digests = []
    for path, _, _ in files:
        with path.open("rb") as file:
            digests.append(file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()
