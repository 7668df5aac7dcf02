"""What Model Search itself refuses: names that are not there, numbers out of their bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archivolt_migration.blocks import KNOWN, nearest_block
from archivolt_migration.errors import SpecError, SpecErrors
from archivolt_migration.fields import MESSAGES
from archivolt_migration.reading import Message

_MOST = float("inf")
_DEEPEST = 1000  # blocks: a threshold is written out for each
BOUNDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "PhoenixSpec": {
        "minimum_depth": (0, _DEEPEST),
        "maximum_depth": (1, _DEEPEST),
        "num_blocks_in_cell": (1, _MOST),
        "beam_size": (1, _MOST),
        "increase_complexity_minimum_trials": (0, _MOST),
        "increase_complexity_probability": (0, 1),
        "mutate_probability": (0, 1),
        "crossover_probability": (0, 1),
        "random_architecture_probability": (0, 1),
        "auxiliary_head_loss_weight": (0, 1),
    },
    "LearningSpec": {
        "min_decay_times": (1, _MOST),
        "min_gradient_norm_when_clipping": (1, _MOST),
        "min_l2_regularization": (0, _MOST),
        "lr_warmup_steps": (0, _MOST),
        "min_dropout": (0, 1),
        "max_dropout": (0, 1),
    },
    "NonadaptiveSearchSpec": {
        "width": (2, _MOST),
        "minimal_pool_size": (1, _MOST),
        "num_trials_to_consider": (2, _MOST),
    },
    "IntermixedSearchSpec": {
        "width": (2, _MOST),
        "try_ensembling_every": (1, _MOST),
        "num_trials_to_consider": (2, _MOST),
    },
    "AdaptiveSearchSpec": {"increase_width_every": (1, _MOST)},
    "TransferLearningSpec": {"max_completed_trials": (1, _MOST)},
    "LinearModelSpec": {"trials_before_fit": (1, _MOST)},
}
PAIRS = (  # of a LearningSpec: the first is at most the second
    ("min_decay_times", "max_decay_times"),
    ("min_learning_rate_decay_rate", "max_learning_rate_decay_rate"),
    ("min_gradient_norm_when_clipping", "max_gradient_norm_when_clipping"),
    ("min_l2_regularization", "max_l2_regularization"),
    ("min_dropout", "max_dropout"),
)
# Where blocks are named, by message.
BLOCKS = {
    "PhoenixSpec": ("blocks_to_use", "reduction_block_type"),
    "TowerSuggestion": ("architecture",),
    "TaskSpec": ("architecture",),
}


def check_values(spec: Message, file: str) -> None:
    """Refuse what Model Search refuses.

    Raises:
        SpecError: what is wrong, where; several are told together.
    """
    errors = sorted(_faults(spec), key=lambda each: each[0])
    told = [SpecError(f"{file}:{line}, {path}", what, hint) for line, path, what, hint in errors]
    if len(told) > 1:
        head = told[0]
        raise SpecErrors(head.where, head.what, head.hint, tuple(told))
    if told:
        raise told[0]


_Fault = tuple[int, str, str, str]  # line, path, what, hint


def _faults(message: Message) -> Iterator[_Fault]:
    for name, (low, high) in BOUNDS.get(message.type, {}).items():
        for given in message.fields.get(name, ()):
            if not (isinstance(given.value, (int, float)) and low <= given.value <= high):
                at_most = f" and at most {high:g}" if high < _MOST else ""
                what = f"must be at least {low:g}{at_most}, not {given.value}."
                yield given.line, message.below(name), what, ""
    for name in BLOCKS.get(message.type, ()):
        for given in message.fields.get(name, ()):
            if given.value not in KNOWN:
                what = f"Model Search has no block {given.value!r}."
                yield given.line, message.below(name), what, nearest_block(str(given.value))
    if message.type == "LearningSpec":
        yield from _pairs(message)
    if message.type == "PhoenixSpec":
        yield from _thresholds(message)
    for fields in message.fields.values():
        for given in fields:
            if isinstance(given.value, Message):
                yield from _faults(given.value)


def _pairs(learning: Message) -> Iterator[_Fault]:
    for least, most in PAIRS:
        line = learning.line_of(most) or learning.line_of(least)
        low, high = _number(learning, least), _number(learning, most)
        if line is not None and low > high:
            what = f"{least} {low:g} is above {most} {high:g}."
            yield line, learning.below(most), what, ""


def _thresholds(spec: Message) -> Iterator[_Fault]:
    name = "increase_complexity_minimum_trials"
    values = [int(str(each.value)) for each in spec.fields.get(name, ())]
    line, deepest = spec.line_of(name), _number(spec, "maximum_depth")
    if line is None:
        return
    if values != sorted(values):
        yield line, name, f"{values} must ascend.", ""
    if len(values) > deepest:
        yield line, name, f"{len(values)} thresholds are more than maximum_depth {deepest:g}.", ""


def _number(message: Message, name: str) -> float:
    """Return a number without asking for it: looked at here, it is not yet made use of."""
    given = message.fields.get(name)
    return float(str(given[0].value if given else MESSAGES[message.type][name].default))
