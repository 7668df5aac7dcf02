from __future__ import annotations

import pytest

HEAD = 'problem_type: DNN blocks_to_use: "FULLY_CONNECTED"\n'
SHARING = "transfer_learning_spec {{ transfer_learning_type: {} }}"
SNAPSHOT = "SNAPSHOT_TRANSFER_LEARNING"


def knows(registry, name):
    """Tell whether a transfer strategy is installed."""
    return any(
        each.kind == "transfer" and each.component.name == name for each in registry.registrations
    )


def needs_distillation(registry):
    if not knows(registry, "distillation"):
        pytest.skip("archivolt-distillation is not installed")


def said(imported, part):
    return [each for each in imported.remarks if part in each.subject]


def test_weight_sharing_without_its_pack_is_told(import_text, bare):
    imported = import_text(HEAD + SHARING.format(SNAPSHOT), bare)

    (remark,) = said(imported, SNAPSHOT)
    assert remark.line == 2
    assert "'weight_sharing' of archivolt-weight-sharing, which is not installed" in remark.what
    assert remark.instead == "every trial starts from random weights"


@pytest.mark.parametrize(
    ("kind", "alignment", "average"),
    [
        (SNAPSHOT, "prefix", "none"),
        ("UNIFORM_AVERAGE_TRANSFER_LEARNING", "content", "uniform"),
        ("LOSS_WEIGHTED_AVERAGE_TRANSFER_LEARNING", "prefix", "loss_weighted"),
    ],
)
def test_weight_sharing_is_of_the_kind_that_is_named(
    import_text, installed, kind, alignment, average
):
    if not knows(installed, "weight_sharing"):
        pytest.skip("archivolt-weight-sharing is not installed")
    (sharing,) = import_text(HEAD + SHARING.format(kind)).document["transfer"]

    assert (sharing["alignment"], sharing["average"]) == (alignment, average)


def test_averages_have_their_discount_and_number_of_trials(import_text, installed):
    if not knows(installed, "weight_sharing"):
        pytest.skip("archivolt-weight-sharing is not installed")
    (sharing,) = import_text(
        HEAD + "transfer_learning_spec { transfer_learning_type: 2 "
        "previous_trials_discount_factor: 0.75 max_completed_trials: 12 }"
    ).document["transfer"]

    assert (sharing["discount"], sharing["trials"]) == (0.75, 12)


def test_no_transfer_is_no_transfer(import_text):
    imported = import_text(HEAD + SHARING.format("NO_TRANSFER_LEARNING"))

    assert imported.document.get("transfer", []) == []
    assert said(imported, "transfer") == []


def test_a_snapshot_has_no_use_for_a_discount(import_text, bare):
    imported = import_text(
        HEAD + "transfer_learning_spec {\n  transfer_learning_type: SNAPSHOT_TRANSFER_LEARNING\n"
        "  previous_trials_discount_factor: 0.5\n}",
        bare,
    )

    (remark,) = said(imported, "previous_trials_discount_factor")
    assert (remark.line, remark.instead) == (4, "nothing")


def test_distillation_without_its_pack_is_told(import_text, bare):
    imported = import_text(
        HEAD + "distillation_spec {\n  distillation_type: CROSS_ENTROPY\n  temperature: 2\n}", bare
    )

    (remark,) = said(imported, "distillation_spec")
    assert remark.line == 3
    assert "'distillation' of archivolt-distillation, which is not installed" in remark.what


def test_distillation_of_no_type_is_told(import_text):
    imported = import_text(HEAD + "distillation_spec { temperature: 2 }")

    assert "it names no type" in said(imported, "distillation_spec")[0].what


def test_balanced_losses_become_a_weight_that_is_ramped_and_stays(import_text, installed):
    needs_distillation(installed)
    imported = import_text(
        HEAD + "distillation_spec {\n  distillation_type: ADAPTIVELY_BALANCE_LOSSES\n"
        "  temperature: 3\n  minimal_pool_size: 7\n  balance_losses_spec {\n"
        "    minimum_lambda: 0.25\n    maximum_lambda: 0.75\n    num_ramp_trials: 20\n  }\n}"
    )

    (entry,) = imported.document["transfer"]
    assert entry == {
        "name": "distillation",
        "teacher": "best",
        "loss": "cross_entropy",
        "temperature": 3.0,
        "pool": 7,
        "weight": 0.25,
        "final_weight": 0.75,
        "ramp": 20,
    }
    said_of_it = " ".join(remark.what for remark in said(imported, "distillation_spec"))
    assert "the weight stays at its end" in said_of_it


@pytest.mark.parametrize(
    ("kind", "loss"),
    [("MSE_LOGITS", "mse"), ("MSE_SOFTMAX", "mse"), ("CROSS_ENTROPY", "cross_entropy")],
)
def test_other_types_of_distillation_keep_their_loss(import_text, installed, kind, loss):
    needs_distillation(installed)
    imported = import_text(HEAD + f"distillation_spec {{ distillation_type: {kind} }}")

    (entry,) = imported.document["transfer"]
    assert (entry["name"], entry["loss"]) == ("distillation", loss)
    assert "labels always count" in " ".join(
        remark.what for remark in said(imported, "distillation_spec")
    )
