"""Fields that have no counterpart, and what a configuration has instead: as data."""

from __future__ import annotations

from attrs import frozen

from archivolt_migration.account import Account
from archivolt_migration.fields import MESSAGES
from archivolt_migration.reading import Message

DEAD = "nothing in the released Model Search reads it"


@frozen
class Leftover:
    """A field that is told of wherever a file says something by it."""

    what: str
    instead: str
    dead: bool = False  # told of even where it says what is so anyway


def _dead(instead: str) -> Leftover:
    return Leftover(DEAD, instead, dead=True)


_MULTI_TASK = "the targets are a matter of the data here"
_ONE_TASK = "nothing; name several as `data.target`, and say of each under `problem.tasks`"

LEFTOVERS: dict[str, dict[str, Leftover]] = {
    "PhoenixSpec": {
        "enable_fast_termination": _dead(
            "nothing; a scheduler such as asha ends trainings that lead nowhere"
        ),
        "lengths_feature_name": Leftover(
            "lengths are no feature with a name",
            "the array `lengths` beside the sequences, or the `padding` of the source `arrays`",
        ),
        "weight_feature_name": Leftover(
            "weights belong to the data, which are in no such file",
            "nothing; name the column as `data.weight`, or pass the weights with the arrays",
        ),
        "use_synchronous_optimizer": Leftover(
            "one trial is trained by one process",
            "several trials at a time, `executor.workers`",
        ),
        "multi_task_spec": Leftover(_MULTI_TASK, _ONE_TASK),
        "primary_task_name": Leftover(_MULTI_TASK, _ONE_TASK),
        "merge_losses_of_multitask": Leftover(_MULTI_TASK, _ONE_TASK),
        "pass_label_dict_as_is": Leftover(_MULTI_TASK, _ONE_TASK),
        "is_input_shared": Leftover(
            "embeddings are part of what is searched", "embeddings of its own for each network"
        ),
        "temperature": Leftover(
            "a model is delivered with the probabilities it was selected by", "a temperature of 1"
        ),
        "disable_last_dense_layer": Leftover(
            "every network ends in a dense layer to its outputs", "that layer"
        ),
    },
    "EnsemblingSpec": {
        "freeze_previous": _dead("members keep their weights, as they always do there"),
        "no_train_speedup": Leftover(
            "ensembles are chosen on stored predictions and take no steps", "nothing"
        ),
    },
}


def tell_leftovers(message: Message, account: Account) -> None:
    """Tell of every field of a message that has no counterpart and says something."""
    for name, leftover in LEFTOVERS.get(message.type, {}).items():
        given = message.all(name)
        usual = MESSAGES[message.type][name].default
        if given and (leftover.dead or given[0].value != usual):
            account.tell_field(message, name, leftover.what, leftover.instead)
        for each in given:
            if isinstance(each.value, Message):
                each.value.set_aside()


def tell_data_format(spec: Message, account: Account) -> None:
    """Tell of the order of axes, where it is not ours."""
    if spec.text("cnn_data_format") != "NHWC":
        what = f"pictures are (height, width, channels), not {spec.text('cnn_data_format')}"
        account.tell_field(spec, "cnn_data_format", what, "NHWC")


def tell_replay(spec: Message, account: Account) -> None:
    """Tell of architectures to train alone."""
    if spec.gives("replay"):
        towers = spec.message("replay").messages("towers")
        account.tell_field(
            spec,
            "replay",
            "a configuration does not train given networks alone "
            f"({'; '.join(map(architecture_of, towers)) or 'no towers'})",
            "the search below, where `suggestions` come first; a trial of ours is trained again by "
            "`archivolt replay`",
        )
        spec.message("replay").set_aside()


def architecture_of(tower: Message) -> str:
    """Write a tower for people: its blocks, and the values that it brings along."""
    blocks = " > ".join(tower.texts("architecture")) or "no blocks"
    values = [each.text("key") for each in tower.message("hparams").messages("hparam")]
    return f"{blocks}, with its own {', '.join(values)}" if values else blocks
