"""Every field of a Model Search configuration: the messages of `phoenix_spec.proto`, as data.

Names, types and defaults are those of the last released state, and with them the few fields and
values that configurations and documents name although the release never read them.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

BOOL, INT, INT64, FLOAT, STRING = "bool", "int32", "int64", "float", "string"
ROOT = "PhoenixSpec"
GENETIC = "ADAPTIVE_COORDINATE_DESCENT_GENETIC"


@frozen
class Enumeration:
    """The values of an enum, by name; None: named somewhere, and never released."""

    name: str
    values: Mapping[str, int | None] = field(hash=False)


@frozen
class FieldType:
    """What a field holds."""

    type: str | Enumeration  # one of the scalars, an enum, or the name of a message
    default: bool | int | float | str | None = None
    repeated: bool = False
    one_of: str = ""  # fields of one group exclude each other


SEARCH_TYPE = Enumeration(
    "SearchType",
    {
        "UNKNOWN_SEARCH_TYPE": 0,
        "ADAPTIVE_COORDINATE_DESCENT": 1,
        "NONADAPTIVE_RANDOM_SEARCH": 2,
        "HARMONICA_SEARCH": 4,
        "CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT": 6,
        "LINEAR_MODEL": 7,
        GENETIC: None,
    },
)
PROBLEM_TYPE = Enumeration(
    "ProblemType",
    {
        "UNKNOWN_PROBLEM_TYPE": 0,
        "CNN": 1,
        "DNN": 2,
        "RNN_ALL_ACTIVATIONS": 3,
        "RNN_LAST_ACTIVATIONS": 4,
    },
)
ALIGNMENT = Enumeration(
    "NetworkAlignment", {"NET_ALIGN_UNSPECIFIED": 0, "NET_ALIGN_HEAD": 1, "NET_ALIGN_BASE": 2}
)
COMBINING_TYPE = Enumeration(
    "CombiningType",
    {"UNKNOWN_ENSEMBLING_TYPE": 0, "WEIGHTED_ENSEMBLE": 1, "AVERAGE_ENSEMBLE": 2},
)
ENSEMBLE_SEARCH_TYPE = Enumeration(
    "EnsembleSearchType",
    {
        "UNKNOWN_ENSEMBLE_SEARCH": 0,
        "ADAPTIVE_ENSEMBLE_SEARCH": 1,
        "NONADAPTIVE_ENSEMBLE_SEARCH": 2,
        "RESIDUAL_ENSEMBLE_SEARCH": 3,
        "INTERMIXED_NONADAPTIVE_ENSEMBLE_SEARCH": 4,
    },
)
DISTILLATION_TYPE = Enumeration(
    "DistillationType",
    {
        "UNKNOWN_DISTILLATION_TYPE": 0,
        "MSE_LOGITS": 1,
        "MSE_SOFTMAX": 2,
        "CROSS_ENTROPY": 3,
        "ADAPTIVELY_BALANCE_LOSSES": 5,
    },
)
TRANSFER_TYPE = Enumeration(
    "TransferLearningType",
    {
        "UNKNOWN_TRANSFER_LEARNING_TYPE": 0,
        "NO_TRANSFER_LEARNING": 1,
        "UNIFORM_AVERAGE_TRANSFER_LEARNING": 2,
        "SNAPSHOT_TRANSFER_LEARNING": 3,
        "LOSS_WEIGHTED_AVERAGE_TRANSFER_LEARNING": 4,
    },
)

_PHOENIX = {
    "minimum_depth": FieldType(INT, 2),
    "maximum_depth": FieldType(INT, 30),
    "search_type": FieldType(SEARCH_TYPE, "UNKNOWN_SEARCH_TYPE"),
    "linear_model": FieldType("LinearModelSpec"),
    "num_blocks_in_cell": FieldType(INT, 4),
    "reduction_block_type": FieldType(STRING, "DOWNSAMPLE_CONVOLUTION_3X3"),
    "replicate_cell": FieldType(BOOL, False),
    "increase_complexity_minimum_trials": FieldType(INT, repeated=True),
    "increase_complexity_probability": FieldType(FLOAT, 1.0),
    "mutate_probability": FieldType(FLOAT, 0.0),
    "crossover_probability": FieldType(FLOAT, 0.0),
    "random_architecture_probability": FieldType(FLOAT, 0.0),
    "enable_fast_termination": FieldType(BOOL, False),  # in a shipped file, and in no release
    "beam_size": FieldType(INT, 1),
    "problem_type": FieldType(PROBLEM_TYPE, "UNKNOWN_PROBLEM_TYPE"),
    "blocks_to_use": FieldType(STRING, repeated=True),
    "user_suggestions": FieldType("TowerSuggestion", repeated=True),
    "replay": FieldType("ArchitectureReplay"),
    "use_parameter_scaled_training": FieldType(BOOL, False),
    "lengths_feature_name": FieldType(STRING, "lengths"),
    "weight_feature_name": FieldType(STRING, ""),
    "apply_dropouts_between_blocks": FieldType(BOOL, False),
    "learning_spec": FieldType("LearningSpec"),
    "ensemble_spec": FieldType("EnsemblingSpec"),
    "distillation_spec": FieldType("DistillationSpec"),
    "use_synchronous_optimizer": FieldType(BOOL, False),
    "multi_task_spec": FieldType("TaskSpec", repeated=True),
    "primary_task_name": FieldType(STRING, ""),
    "merge_losses_of_multitask": FieldType(BOOL, False),
    "cnn_data_format": FieldType(STRING, "NHWC"),
    "transfer_learning_spec": FieldType("TransferLearningSpec"),
    "use_auxiliary_head": FieldType(BOOL, False),
    "auxiliary_head_loss_weight": FieldType(FLOAT, 0.0),
    "is_input_shared": FieldType(BOOL, False),
    "temperature": FieldType(FLOAT, 1.0),
    "disable_last_dense_layer": FieldType(BOOL, False),
    "pass_label_dict_as_is": FieldType(BOOL, False),
}

_LEARNING = {
    "apply_exponential_decay": FieldType(BOOL, False),
    "min_decay_times": FieldType(INT, 1),
    "max_decay_times": FieldType(INT, 5),
    "min_learning_rate_decay_rate": FieldType(FLOAT, 0.75),
    "max_learning_rate_decay_rate": FieldType(FLOAT, 0.95),
    "apply_gradient_clipping": FieldType(BOOL, False),
    "min_gradient_norm_when_clipping": FieldType(INT, 2),
    "max_gradient_norm_when_clipping": FieldType(INT, 5),
    "apply_l2_regularization": FieldType(BOOL, False),
    "min_l2_regularization": FieldType(FLOAT, 0.0),
    "max_l2_regularization": FieldType(FLOAT, 0.05),
    "lr_warmup_steps": FieldType(INT, 0),
    "min_dropout": FieldType(FLOAT, 0.1),
    "max_dropout": FieldType(FLOAT, 0.6),
}

_ENSEMBLING = {
    "freeze_previous": FieldType(BOOL, True),
    "combining_type": FieldType(COMBINING_TYPE, "AVERAGE_ENSEMBLE"),
    "ensemble_search_type": FieldType(ENSEMBLE_SEARCH_TYPE, "UNKNOWN_ENSEMBLE_SEARCH"),
    "nonadaptive_search": FieldType("NonadaptiveSearchSpec", one_of="search_spec"),
    "adaptive_search": FieldType("AdaptiveSearchSpec", one_of="search_spec"),
    "intermixed_search": FieldType("IntermixedSearchSpec", one_of="search_spec"),
    "no_train_speedup": FieldType(INT, 100),
}

MESSAGES: Mapping[str, Mapping[str, FieldType]] = {
    ROOT: _PHOENIX,
    "LearningSpec": _LEARNING,
    "EnsemblingSpec": _ENSEMBLING,
    "NonadaptiveSearchSpec": {
        "width": FieldType(INT, 3),
        "minimal_pool_size": FieldType(INT, 100),
        "num_trials_to_consider": FieldType(INT, 10),
    },
    "IntermixedSearchSpec": {
        "width": FieldType(INT, 3),
        "try_ensembling_every": FieldType(INT, 5),
        "num_trials_to_consider": FieldType(INT, 10),
    },
    "AdaptiveSearchSpec": {
        "increase_width_every": FieldType(INT, 5),
        "minimal_pool_size": FieldType(INT, 100),
    },
    "DistillationSpec": {
        "distillation_type": FieldType(DISTILLATION_TYPE, "UNKNOWN_DISTILLATION_TYPE"),
        "balance_losses_spec": FieldType("AdaptivelyBalancingLossesSpec"),
        "minimal_pool_size": FieldType(INT, 100),
        "temperature": FieldType(FLOAT, 1.0),
    },
    "AdaptivelyBalancingLossesSpec": {
        "num_ramp_trials": FieldType(INT, 0),
        "minimum_lambda": FieldType(FLOAT, 1.0),
        "maximum_lambda": FieldType(FLOAT, 1.0),
    },
    "TransferLearningSpec": {
        "transfer_learning_type": FieldType(TRANSFER_TYPE, "UNKNOWN_TRANSFER_LEARNING_TYPE"),
        "previous_trials_discount_factor": FieldType(FLOAT, 1.0),
        "max_completed_trials": FieldType(INT, 1_000_000),
    },
    "LinearModelSpec": {
        "network_alignment": FieldType(ALIGNMENT, "NET_ALIGN_HEAD"),
        "ridge_penalty": FieldType(FLOAT, 0.001),
        "remove_outliers": FieldType(BOOL, True),
        "trials_before_fit": FieldType(INT, 10),
    },
    "TowerSuggestion": {
        "architecture": FieldType(STRING, repeated=True),
        "hparams": FieldType("HParamDef"),
    },
    "ArchitectureReplay": {"towers": FieldType("TowerSuggestion", repeated=True)},
    "TaskSpec": {
        "label_name": FieldType(STRING, ""),
        "number_of_classes": FieldType(INT, 2),
        "architecture": FieldType(STRING, repeated=True),
        "weight_feature_name": FieldType(STRING, ""),
        "weight_is_a_feature": FieldType(BOOL, True),
        "apply_activation_on_shared_logits": FieldType(BOOL, True),
    },
    # Hyperparameters by name, as a map is written in text.
    "HParamDef": {"hparam": FieldType("HParam", repeated=True)},
    "HParam": {"key": FieldType(STRING, ""), "value": FieldType("HParamType")},
    "HParamType": {
        "int64_value": FieldType(INT64, one_of="kind"),
        "float_value": FieldType(FLOAT, one_of="kind"),
        "bytes_value": FieldType(STRING, one_of="kind"),
        "bool_value": FieldType(BOOL, one_of="kind"),
        "int64_list": FieldType("Int64List", one_of="kind"),
        "float_list": FieldType("FloatList", one_of="kind"),
        "bytes_list": FieldType("BytesList", one_of="kind"),
        "bool_list": FieldType("BoolList", one_of="kind"),
    },
    "Int64List": {"value": FieldType(INT64, repeated=True)},
    "FloatList": {"value": FieldType(FLOAT, repeated=True)},
    "BytesList": {"value": FieldType(STRING, repeated=True)},
    "BoolList": {"value": FieldType(BOOL, repeated=True)},
}
