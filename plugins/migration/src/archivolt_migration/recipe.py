"""How trials are trained: `learning_spec`, and what Model Search draws for every trial."""

from __future__ import annotations

from typing import Any

from archivolt_migration.account import Account
from archivolt_migration.reading import Message

# What its oracle draws in every trial, whatever the file says.
OPTIMIZERS = ("momentum", "sgd", "adagrad", "adam", "rmsprop")
RATES = {"low": 1.0e-6, "high": 1.0e-2, "log": True}
MOST_NORMS = 100  # written out one by one; more are a range
# Flags, with the values they have when nobody says otherwise.
BATCH_SIZE = 100
EPOCHS = 10
DROPOUTS = 10  # values between the smallest and the largest


def recipe_of(spec: Message, account: Account) -> dict[str, Any]:
    """Return the section `space.recipe`: every field, so that no preset adds to it."""
    learning = spec.message("learning_spec")
    decays = learning.truth("apply_exponential_decay")
    recipe: dict[str, Any] = {
        "optimizer": list(OPTIMIZERS),
        "learning_rate": dict(RATES),
        "schedule": "exponential" if decays else "constant",
    }
    if decays:
        recipe["decay_rate"] = _range(
            learning.number("min_learning_rate_decay_rate"),
            learning.number("max_learning_rate_decay_rate"),
        )
        recipe["decay_times"] = _range(
            learning.whole("min_decay_times"), learning.whole("max_decay_times")
        )
    account.tell(
        "flags",
        "batch size, epochs, the number of trials and the metric are flags there, and in no file",
        f"batches of {BATCH_SIZE} and {EPOCHS} epochs, as its flags have by default; the metric of "
        "the task; say how long to search in `budget`",
    )
    return {
        **recipe,
        "warmup_epochs": _warmup(learning, account),
        "clip_norm": _clipping(learning),
        "weight_decay": 0.0,
        "l2": _l2(learning),
        "dropout": _dropout(spec, learning),
        "label_smoothing": 0.0,
        "auxiliary": _auxiliary(spec, account),
        "batch_size": BATCH_SIZE,
        "epochs": EPOCHS,
        "augmentation": [],
        "precision": "float32",
    }


def _warmup(learning: Message, account: Account) -> float:
    steps = learning.whole("lr_warmup_steps")
    if steps:
        account.tell_field(
            learning,
            "lr_warmup_steps",
            f"a warm-up is told in epochs, and how many steps an epoch has ({steps} are asked "
            "for) is for the data to say",
            f"none; set `space.recipe.warmup_epochs` to {steps} * {BATCH_SIZE} / (training rows)",
        )
    return 0.0


def _clipping(learning: Message) -> Any:
    if not learning.truth("apply_gradient_clipping"):
        return 0.0
    least = learning.whole("min_gradient_norm_when_clipping")
    most = learning.whole("max_gradient_norm_when_clipping")
    if most - least > MOST_NORMS:
        return {"low": float(least), "high": float(most)}
    norms = [float(norm) for norm in range(least, most + 1)]
    return norms if len(norms) > 1 else float(least)


def _l2(learning: Message) -> Any:
    if not learning.truth("apply_l2_regularization"):
        return 0.0
    return _range(
        learning.number("min_l2_regularization"), learning.number("max_l2_regularization")
    )


def _dropout(spec: Message, learning: Message) -> Any:
    if not spec.truth("apply_dropouts_between_blocks"):
        return 0.0
    least, most = learning.number("min_dropout"), learning.number("max_dropout")
    step = (most - least) / (DROPOUTS - 1)
    rates = [round(least + step * index, 4) for index in range(DROPOUTS)]
    return [0.0, *dict.fromkeys(rates)]  # -1 there: none


def _auxiliary(spec: Message, account: Account) -> float:
    if not spec.truth("use_auxiliary_head"):
        return 0.0
    account.tell_field(
        spec,
        "use_auxiliary_head",
        "it stands below the last reduction there, or at a second flatten",
        "one two thirds of the way up",
    )
    share = spec.number("auxiliary_head_loss_weight")
    weight = round(share / (1.0 - share), 4) if share < 0.5 else 1.0
    account.tell_field(
        spec,
        "auxiliary_head_loss_weight",
        f"it is a share, {share:g}, of which the main head has the rest",
        f"a weight of {weight:g} beside 1 of the main head",
    )
    return weight


def _range(low: float, high: float) -> Any:
    return low if low == high else {"low": low, "high": high}
