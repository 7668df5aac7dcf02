from __future__ import annotations

import pytest

from archivolt_migration.checks import BOUNDS, check_values
from archivolt_migration.errors import SpecError
from archivolt_migration.fields import MESSAGES
from archivolt_migration.reading import check
from archivolt_migration.text_format import parse


def refusal(text):
    spec = check(parse(text), "spec.pbtxt")
    with pytest.raises(SpecError) as caught:
        check_values(spec, "spec.pbtxt")
    return str(caught.value)


def test_bounds_are_of_fields_that_there_are():
    for message, fields in BOUNDS.items():
        assert fields.keys() <= MESSAGES[message].keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'blocks_to_use: "CONVOLUTION_3X3"\nblocks_to_use: "CONVLUTION_5X5"',
            "spec.pbtxt:2, blocks_to_use: Model Search has no block 'CONVLUTION_5X5'. "
            "Did you mean 'CONVOLUTION_5X5'",
        ),
        ('blocks_to_use: "lstm_128"', "Did you mean 'LSTM_128'?"),
        ('reduction_block_type: "MAX_POOL"', "reduction_block_type: Model Search has no block"),
        (
            'user_suggestions {\n  architecture: "FLATEN"\n}',
            "spec.pbtxt:2, user_suggestions.architecture: Model Search has no block 'FLATEN'. "
            "Did you mean 'FLATTEN'",
        ),
        ("beam_size: 0", "spec.pbtxt:1, beam_size: must be at least 1, not 0."),
        (
            "increase_complexity_probability: 1.5",
            "must be at least 0 and at most 1, not 1.5.",
        ),
        ("increase_complexity_probability: nan", "must be at least 0 and at most 1, not nan."),
        ("learning_spec { max_dropout: 2 }", "learning_spec.max_dropout: must be at least 0"),
        (
            "learning_spec {\n  max_decay_times: 6\n  min_decay_times: 9\n}",
            "spec.pbtxt:2, learning_spec.max_decay_times: min_decay_times 9 is above "
            "max_decay_times 6.",
        ),
        ("learning_spec { min_dropout: 0.7 }", "min_dropout 0.7 is above max_dropout 0.6."),
        ("increase_complexity_minimum_trials: [5, 3]", "[5, 3] must ascend."),
        (
            "maximum_depth: 2\nincrease_complexity_minimum_trials: [1, 2, 3]",
            "spec.pbtxt:2, increase_complexity_minimum_trials: 3 thresholds are more than "
            "maximum_depth 2.",
        ),
    ],
)
def test_what_model_search_refuses_is_refused_with_its_line(text, told):
    assert told in refusal(text)


def test_all_that_is_wrong_is_told_at_once():
    lines = refusal('beam_size: 0\nblocks_to_use: "X"\nminimum_depth: -1').splitlines()

    assert [line.split(",")[0] for line in lines] == [f"spec.pbtxt:{n}" for n in (1, 2, 3)]
