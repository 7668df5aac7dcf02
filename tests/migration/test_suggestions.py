from __future__ import annotations

HEAD = """problem_type: DNN
blocks_to_use: "FULLY_CONNECTED"
blocks_to_use: "FIXED_OUTPUT_FULLY_CONNECTED_128"
minimum_depth: 1
maximum_depth: 3
"""


def remarks_on(imported):
    return [each for each in imported.remarks if each.subject == "user_suggestions"]


def names(imported):
    return [
        [block["name"] for block in each["architecture"]]
        for each in imported.document.get("suggestions", ())
    ]


def test_suggestions_are_imported_with_the_fields_of_their_blocks(import_text):
    imported = import_text(
        HEAD
        + """user_suggestions {
          architecture: "FIXED_OUTPUT_FULLY_CONNECTED_128" architecture: "FULLY_CONNECTED"
        }"""
    )

    assert names(imported) == [["dense", "pyramid_dense"]]
    assert imported.document["suggestions"][0]["architecture"][0]["units"] == 128
    assert remarks_on(imported) == []


def test_connectors_are_left_to_the_space(import_text):
    imported = import_text(
        'problem_type: CNN blocks_to_use: "CONVOLUTION_3X3" minimum_depth: 1\n'
        'user_suggestions { architecture: "CONVOLUTION_3X3" architecture: "FLATTEN" }'
    )

    assert [len(each) for each in names(imported)] == [1]


def test_one_that_is_not_in_the_space_is_told_and_left_out(import_text):
    imported = import_text(
        HEAD
        + 'user_suggestions { architecture: "LOWRANK_2" }\n'
        + "user_suggestions { "
        + 'architecture: "FULLY_CONNECTED" ' * 4
        + "}"
    )

    first, second = remarks_on(imported)
    assert names(imported) == []
    assert "'low_rank' is no block of this space" in first.what
    assert "4 blocks deep, not 1 to 3" in second.what
    assert (first.line, second.line) == (6, 7)


def test_values_of_its_own_are_told(import_text):
    imported = import_text(
        HEAD
        + """user_suggestions {
          architecture: "FULLY_CONNECTED"
          hparams { hparam { key: "learning_rate" value { float_value: 0.01 } } }
        }"""
    )

    (remark,) = remarks_on(imported)
    assert "FULLY_CONNECTED, with its own learning_rate" in remark.what
    assert names(imported) == [["pyramid_dense"]]
