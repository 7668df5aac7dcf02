"""What a trial learns from earlier ones: `transfer_learning_spec` and `distillation_spec`."""

from __future__ import annotations

from typing import Any

from archivolt_migration.draft import Draft, Wanted
from archivolt_migration.reading import Message

SHARING = "archivolt-weight-sharing"
DISTILLING = "archivolt-distillation"
NOTHING = ("UNKNOWN_TRANSFER_LEARNING_TYPE", "NO_TRANSFER_LEARNING")
UNKNOWN = "UNKNOWN_DISTILLATION_TYPE"
BALANCED = "ADAPTIVELY_BALANCE_LOSSES"

_AVERAGES = {  # how blocks are aligned, and what is averaged
    "SNAPSHOT_TRANSFER_LEARNING": ("prefix", "none"),
    "UNIFORM_AVERAGE_TRANSFER_LEARNING": ("content", "uniform"),
    "LOSS_WEIGHTED_AVERAGE_TRANSFER_LEARNING": ("prefix", "loss_weighted"),
}
_UNLIKE = {
    "UNIFORM_AVERAGE_TRANSFER_LEARNING": "blocks are aligned by what they are, in Model Search by "
    "position and name",
    "LOSS_WEIGHTED_AVERAGE_TRANSFER_LEARNING": "the weights of the average add up to 1, in Model "
    "Search to one over their number",
}
_LOSSES = {
    "MSE_LOGITS": "mse",
    "MSE_SOFTMAX": "mse",
    "CROSS_ENTROPY": "cross_entropy",
    BALANCED: "cross_entropy",
}


def write_transfer(spec: Message, draft: Draft) -> None:
    """Write the list `transfer`; nothing where no strategy is asked for or installed."""
    written = [
        *_weight_sharing(spec.message("transfer_learning_spec"), draft),
        *(_distillation(spec, draft) if spec.gives("distillation_spec") else ()),
    ]
    draft.put("transfer", written)  # an empty list, too: no preset adds to it


def _weight_sharing(transfer: Message, draft: Draft) -> list[Any]:
    kind = transfer.text("transfer_learning_type")
    if kind in NOTHING:
        return []
    alignment, average = _AVERAGES[kind]
    fields: dict[str, Any] = {"alignment": alignment, "average": average}
    if average != "none":
        fields["trials"] = transfer.whole("max_completed_trials")
        fields["discount"] = transfer.number("previous_trials_discount_factor")
    wanted = Wanted("transfer", "weight_sharing", fields, SHARING)
    subject = f"{transfer.path} {kind}"
    line = transfer.line_of("transfer_learning_type")
    entry = draft.fit(wanted, subject, "every trial starts from random weights", line)
    if entry is not None and kind in _UNLIKE:
        draft.account.tell(subject, _UNLIKE[kind], f"average {average}", line)
    return [entry] if entry is not None else []


def _distillation(spec: Message, draft: Draft) -> list[Any]:
    distillation = spec.message("distillation_spec")
    kind = distillation.text("distillation_type")
    line = distillation.line_of("distillation_type")
    if kind == UNKNOWN:
        what = "it names no type, and Model Search then stops"
        draft.account.tell("distillation_spec", what, "no distillation", distillation.line)
        return []
    balance = distillation.message("balance_losses_spec")
    fields: dict[str, Any] = {
        "teacher": "best",
        "loss": _LOSSES[kind],
        "temperature": distillation.number("temperature"),
        "pool": distillation.whole("minimal_pool_size"),
    }
    if kind == BALANCED:
        fields |= {
            "weight": balance.number("minimum_lambda"),
            "final_weight": balance.number("maximum_lambda"),
            "ramp": max(1, balance.whole("num_ramp_trials")),
        }
    wanted = Wanted("transfer", "distillation", fields, DISTILLING)
    subject = f"distillation_spec {kind}"
    entry = draft.fit(wanted, subject, "no distillation", line)
    if entry is None:
        return []
    draft.account.tell(
        subject,
        "the teacher's logits are averaged, in Model Search summed; the temperature is on both "
        "sides, there on the teacher's alone",
        "distillation",
        line,
    )
    if kind == "MSE_SOFTMAX":
        what = "logits are compared with logits, in Model Search with the teacher's probabilities"
        draft.account.tell(subject, what, "loss mse", line)
    if kind == BALANCED:
        what = "the weight stays at its end, in Model Search it goes on past maximum_lambda"
        draft.account.tell(subject, what, "final_weight", line)
    else:
        what = "labels always count beside the teacher, in Model Search not with this type"
        draft.account.tell(subject, what, "label loss + weight * distillation loss", line)
    return [entry]
