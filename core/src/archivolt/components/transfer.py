"""Transfer strategies: what carries knowledge from earlier trials into a new one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import field, frozen
from attrs.validators import ge, gt, in_
from numpy.typing import NDArray

from archivolt.components.base import Component
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import fingerprint
from archivolt.values.ensemble import Ensemble
from archivolt.values.features import Features

if TYPE_CHECKING:
    from archivolt.values.history import History
    from archivolt.values.trial import Trial

Arrays = Mapping[str, NDArray[Any]]

COPIED = "copied"
GROWN = "grown"  # the source's in a larger one, which computes the same
AVERAGED = "averaged"
MADE = "made"  # so that a new block hands on what it is given

CROSS_ENTROPY = "cross_entropy"  # between softened predictions
MSE = "mse"  # of the logits
FORMS = (CROSS_ENTROPY, MSE)


@frozen
class Teacher:
    """Whose predictions on the training rows a trial learns from; plain data.

    Either trials of the run, put together, or a model that was made elsewhere.
    """

    ensemble: Ensemble | None = None  # one trial is an ensemble of one
    epochs: tuple[int, ...] = ()  # for which each member had been trained when it was chosen
    model: Path | None = None  # of the evaluator's framework: a file, or a folder
    digest: str = ""  # of its content, so that another one at this path is another teacher
    gives_logits: bool = False  # the model; otherwise it gives probabilities

    def __attrs_post_init__(self) -> None:
        if (self.ensemble is None) == (self.model is None):
            raise ValueError("a teacher is an ensemble of trials or a model, one of the two")

    @property
    def fingerprint(self) -> str:
        """Digest under which its predictions are stored, once for all who learn from it.

        A model is known by its content, wherever it lies: a run may be moved with its teacher.
        """
        if self.digest:
            return fingerprint((self.digest, self.gives_logits))
        return fingerprint(self)

    def __str__(self) -> str:
        if self.ensemble is None:
            return str(self.model)
        members = ", ".join(map(str, self.ensemble.members))
        return f"trial{'s' if len(self.ensemble.members) > 1 else ''} {members}"


@frozen
class Plan:
    """What a trial is to take from whom; decided when it is asked for, and stored with it."""

    sources: tuple[tuple[int, float], ...] = ()  # numbers of trials, with their weights
    details: Mapping[str, Any] = field(factory=dict, hash=False)  # small, plain data
    teacher: Teacher | None = None  # whom it learns from beside the labels


@frozen
class Place:
    """Where a weight of a network belongs."""

    block: int | None  # its place in the architecture; None: the head
    layer: str = ""  # as the framework calls a layer of its kind, without a number
    ordinal: int = 0  # among the layers of this name in the block, in the order they were made
    weight: str = ""


@frozen(eq=False)
class Fresh:
    """A network at the start of its training.

    A weight's name begins with `block_<place>/`, or with `head/`. Two networks that have the
    same block at one place on equal features have weights of the same names there.
    """

    candidate: Candidate
    features: Features  # what the first block reads
    versions: tuple[str, ...]  # of the pack of each block
    weights: Arrays  # initial values
    places: Mapping[str, Place]  # by weight, every one of them
    optimizer: Arrays = field(factory=dict)  # `<slot>/<weight>`, and `steps`; {}: not kept


@frozen(eq=False)
class Stored:
    """What a trained network left behind."""

    source: str  # `trial 3`, or where the run lies, for messages
    candidate: Candidate
    features: Features
    versions: tuple[str, ...]
    weights: Arrays  # of the epoch that it is scored by
    optimizer: Arrays = field(factory=dict)  # {} where it was not kept


class Library(Protocol):
    """Where a strategy reads what trained networks left behind."""

    def trial(self, number: int) -> Stored:
        """Read a trial of this run.

        Raises:
            DataError: it left nothing, or it is damaged.
        """

    def best_of(self, run: Path) -> Stored:
        """Read the best trial of another run.

        Raises:
            DataError: there is none.
        """


@frozen
class TensorOrigin:
    """Where a start value comes from."""

    how: str  # copied, grown, averaged, made
    sources: tuple[tuple[str, str], ...] = ()  # whose, and the name of the weight there


@frozen(eq=False)
class Start:
    """Start values for some of the weights; the others keep their initial values."""

    weights: Arrays = field(factory=dict)  # by name, of the shape that is there
    origins: Mapping[str, TensorOrigin] = field(factory=dict)  # one for each of them
    optimizer: Arrays = field(factory=dict)  # with `steps`, or nothing
    notes: tuple[str, ...] = ()  # what a person should know, each a sentence


@frozen
class ExtraLoss:
    """What is added to the loss on the labels, example by example.

    `weight` times how far the trial's predictions are from the teacher's. In the form
    `cross_entropy`, both are softened by the temperature, and the loss has its square as a factor,
    so that its slope keeps its size (Hinton et al., 2015, section 2); in the form `mse` it is the
    mean squared difference of the logits. The form of a regression is always the latter.
    """

    teacher: Teacher
    form: str = field(default=CROSS_ENTROPY, validator=in_(FORMS))
    weight: float = field(default=1.0, validator=ge(0.0))
    temperature: float = field(default=1.0, validator=gt(0.0))  # above 1 softens


class Transfer(Component):
    """Carries knowledge from earlier trials into a new one.

    `plan` runs in the process of the search, `start` in the worker that trains the trial. The
    plan is stored with the trial, and what was taken with its artifacts, so that a replay begins
    as the trial began. With several strategies each begins where the one before has left off.
    One that carries predictions rather than weights gives an `extra_loss`.
    """

    __slots__ = ()

    def plan(self, trial: Trial, history: History) -> Plan:
        """Decide from whom a new trial takes: a function of the arguments alone.

        Args:
            trial: Not yet in the history; it tells its parent.
            history: Only trials with a score have left anything to be taken.
        """
        raise NotImplementedError

    def start(self, trial: Trial, plan: Plan, fresh: Fresh, library: Library) -> Start:
        """Give start values, and tell of each where it comes from.

        Called once a trial: one that is trained further goes on from its own weights.

        Raises:
            DataError: what the plan names cannot be read, and the trial shall fail for it.
        """
        return Start()

    def extra_loss(self, trial: Trial, plan: Plan) -> ExtraLoss | None:
        """Give what the trial learns from beside the labels; None: nothing.

        Called in the worker, as often as the trial is taken up: a function of the arguments
        alone. Trials that teach are among the sources of the plan. At most one strategy of a trial
        may give one.
        """
        return None

    def teaches(self) -> bool:
        """Tell whether trials may learn from a teacher: also of rows that have no label."""
        return type(self).extra_loss is not Transfer.extra_loss

    def keeps_optimizer(self) -> bool:
        """Tell whether trials shall leave behind what the optimizer remembers."""
        return False
