from __future__ import annotations

import pytest

from archivolt_migration.fields import MESSAGES
from archivolt_migration.leftovers import LEFTOVERS

HEAD = 'problem_type: DNN blocks_to_use: "FULLY_CONNECTED"\n'


def remarks_on(imported, subject):
    return [each for each in imported.remarks if each.subject == subject]


def test_leftovers_are_fields_that_there_are():
    for message, leftovers in LEFTOVERS.items():
        assert leftovers.keys() <= MESSAGES[message].keys()


@pytest.mark.parametrize(
    ("text", "subject", "instead"),
    [
        ('weight_feature_name: "trust"', "weight_feature_name", "`data.weight`"),
        ("use_synchronous_optimizer: true", "use_synchronous_optimizer", "`executor.workers`"),
        ('cnn_data_format: "NCHW"', "cnn_data_format", "NHWC"),
        ("temperature: 1.5", "temperature", "a temperature of 1"),
        ("enable_fast_termination: false", "enable_fast_termination", "asha"),
    ],
)
def test_a_field_without_counterpart_is_told_with_what_is_so_instead(
    import_text, text, subject, instead
):
    (remark,) = remarks_on(import_text(HEAD + text), subject)

    assert remark.line == 2
    assert instead in remark.instead


@pytest.mark.parametrize(
    "text",
    ['cnn_data_format: "NHWC"', "temperature: 1", "use_auxiliary_head: false"],
)
def test_a_field_that_says_what_is_so_anyway_is_not_told(import_text, text):
    assert remarks_on(import_text(HEAD + text), text.partition(":")[0]) == []


def test_several_tasks_are_told_once_and_whole(import_text):
    imported = import_text(
        HEAD + 'multi_task_spec {\n  label_name: "a"\n}\nmulti_task_spec { label_name: "b" }'
    )

    subjects = [each.subject for each in imported.remarks if "multi_task" in each.subject]
    assert subjects == ["multi_task_spec"]


def test_a_replay_is_told_with_its_towers(import_text):
    imported = import_text(HEAD + 'replay { towers { architecture: "IDENTITY" } }')

    (remark,) = remarks_on(imported, "replay")
    assert "(IDENTITY)" in remark.what
