from __future__ import annotations

import math

import pytest

from archivolt_migration.errors import SpecError
from archivolt_migration.fields import MESSAGES, Enumeration
from archivolt_migration.reading import check, read_spec
from archivolt_migration.text_format import parse


def read(text):
    return check(parse(text, "spec.pbtxt"), "spec.pbtxt")


def refusal(text):
    with pytest.raises(SpecError) as caught:
        read(text)
    return str(caught.value)


def test_what_a_file_does_not_say_has_its_default():
    spec = read("")

    assert spec.whole("maximum_depth") == 30
    assert spec.text("search_type") == "UNKNOWN_SEARCH_TYPE"
    assert spec.message("ensemble_spec").message("intermixed_search").whole("width") == 3
    assert spec.line_of("maximum_depth") is None


def test_every_default_is_of_the_type_of_its_field():
    for fields in MESSAGES.values():
        for kind in fields.values():
            of = kind.type
            if kind.repeated or of in MESSAGES:
                assert kind.default is None
            elif isinstance(of, Enumeration):
                assert kind.default in of.values
            else:
                python = {"bool": bool, "float": float, "string": str}.get(of, int)
                assert kind.default is None or type(kind.default) is python


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("-7", -7), ("0x1F", 31), ("010", 8), ("2147483647", 2**31 - 1)],
)
def test_whole_numbers_are_read_in_every_base(text, value):
    assert read(f"minimum_depth: {text}").whole("minimum_depth") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("0.5f", 0.5), (".5", 0.5), ("5e-1", 0.5), ("-inf", -math.inf), ("1.F", 1.0)],
)
def test_numbers_are_read_in_every_form(text, value):
    assert read(f"temperature: {text}").number("temperature") == value


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("t", True), ("1", True), ("False", False), ("0", False)]
)
def test_truth_is_read_in_every_form(text, value):
    assert read(f"replicate_cell: {text}").truth("replicate_cell") is value


def test_an_enum_may_be_given_by_its_number():
    assert read("search_type: 6").text("search_type") == "CONSTRAINED_ADAPTIVE_COORDINATE_DESCENT"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "\nbeam_sise: 3",
            "spec.pbtxt:2, beam_sise: PhoenixSpec has no field 'beam_sise'. "
            "Did you mean 'beam_size'",
        ),
        (
            "learning_spec {\n  max_dropuot: 0.5\n}",
            "spec.pbtxt:2, learning_spec.max_dropuot: LearningSpec has no field 'max_dropuot'. "
            "Did you mean 'max_dropout'",
        ),
        ("max_dropout: 0.5", "It is a field of LearningSpec."),
        ("beam_size: 2.0", "expected a whole number, got 2.0."),
        ("beam_size: 12x", "expected a whole number, got 12x."),
        ("beam_size: 08", "expected a whole number, got 08."),
        ('beam_size: "5"', "expected a whole number, got the text '5'."),
        ("beam_size: 2147483648", "got 2147483648. From -2^31 to 2^31 - 1."),
        ("temperature: warm", "expected a number, got warm."),
        ("replicate_cell: yes", "expected true or false, got yes."),
        ("replicate_cell: 2", "expected true or false, got 2."),
        ("blocks_to_use: IDENTITY", "expected text in quotes, got IDENTITY."),
        ("search_type: LINEAR_MODLE", "Did you mean 'LINEAR_MODEL'?"),
        ('search_type: "LINEAR_MODEL"', "Write it without quotes."),
        ("search_type: 99", "expected a value of SearchType, got 99."),
        ("learning_spec: 3", "expected a message, { ... }, got 3."),
        ("beam_size { }", "expected a whole number, got a message, { ... }."),
        ("search_type { }", "expected a value of SearchType, got a message, { ... }."),
        (
            "beam_size: 1\nbeam_size: 2",
            "spec.pbtxt:2, beam_size: it is given twice, first in line 1",
        ),
        (
            "ensemble_spec { adaptive_search { }\n intermixed_search { } }",
            "spec.pbtxt:2, ensemble_spec.intermixed_search: adaptive_search of line 1 excludes it.",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_remedy(text, told):
    assert told in refusal(text)


def test_several_errors_are_told_together_in_the_order_of_the_file():
    lines = refusal("beam_sise: 1\nreplicate_cell: maybe\nminimum_depth: x").splitlines()

    assert [line.split(",")[0] for line in lines] == [f"spec.pbtxt:{n}" for n in (1, 2, 3)]


def test_ten_errors_are_told_and_the_rest_counted():
    lines = refusal("\n".join("beam_sise: 1" for _ in range(14))).splitlines()

    assert len(lines) == 11
    assert lines[-1] == "... and 4 more."


def test_what_nobody_asked_for_is_known_with_its_line():
    spec = read("beam_size: 2\nlearning_spec {\n  lr_warmup_steps: 3\n  max_dropout: 0.5\n}")
    spec.whole("beam_size")
    spec.message("learning_spec").whole("lr_warmup_steps")

    assert list(spec.not_asked()) == [("learning_spec.max_dropout", 4)]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "spec.pb"
    path.write_bytes(b"\x08\x02\xff\xfe")

    with pytest.raises(SpecError, match="spec.pb: byte 2 is no UTF-8 text"):
        read_spec(path)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = tmp_path / "spec.pbtxt"
    path.write_bytes(b"\xef\xbb\xbfbeam_size: 4\r\n")

    assert read_spec(path).whole("beam_size") == 4
