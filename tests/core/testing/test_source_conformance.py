"""The kit for sources tells which promise is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import frozen

from archivolt.components.source import Dataset, Input, Source
from archivolt.errors import DataError
from archivolt.testing import SourceConformance

KIT = SourceConformance
COUNT = iter(range(1000))


@frozen
class Rows(Source):
    """Rows of a formula, with a fault."""

    name = "rows"
    path_field = ""
    fault: str = "none"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return False

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        x = np.arange(12, dtype="float32")
        labels: Any = np.arange(12 if self.fault != "lacks labels" else 9) % 2
        if self.fault == "reads otherwise":
            x = x + next(COUNT)
        inputs = (Input("x", "numeric"), *([Input("z", "numeric")] if self.fault == "adds" else []))
        weights = np.ones(3) if self.fault == "weighs a few" else None
        return Dataset(inputs, {"x": x}, labels, weights=weights)

    def read_new(self, path: Any, inputs: Any, targets: Any) -> Dataset:
        if self.fault != "takes anything" and not isinstance(path, np.ndarray):
            raise DataError("is no array.", str(path))
        return Dataset(tuple(inputs), {"y" if self.fault == "renames" else "x": np.ones(2)}, None)


@frozen
class Greedy(Rows):
    """Takes everything for its own."""

    name = "greedy_rows"
    path_field = "place"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return True

    @classmethod
    def from_memory(cls, x: Any, *_: Any, **__: Any) -> Source:
        return cls()


@pytest.mark.parametrize(
    ("source", "promise", "told"),
    [
        (Greedy(), KIT.test_the_field_that_a_bare_path_fills_is_one, "and the fields are fault"),
        (Greedy(), KIT.test_what_is_no_data_is_not_recognised, "must be False and raise nothing"),
        (Greedy(), KIT.test_what_it_does_not_know_in_python_is_left_to_others, "return None"),
        (Rows("adds"), KIT.test_each_input_has_a_value_for_each_row, "must name the same"),
        (Rows("lacks labels"), KIT.test_every_row_has_a_label, "are `unlabelled`, or left out"),
        (Rows("weighs a few"), KIT.test_what_belongs_to_rows_has_one_for_each, "`weights`"),
        (Rows("reads otherwise"), KIT.test_it_reads_the_same_again, "must not change"),
        (
            Rows("renames"),
            KIT.test_further_data_have_the_inputs_of_the_training,
            "every one of `inputs`",
        ),
        (Rows("takes anything"), KIT.test_further_data_that_are_not_there_are_told, "DID NOT"),
    ],
)
def test_a_fault_is_told(
    source: Source, promise: Callable[..., None], told: str, tmp_path: Path
) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)) as failure:
        keep(promise, source, tmp_path)
    assert told in str(failure.value)


@pytest.mark.parametrize(
    "promise",
    [
        KIT.test_the_class_can_be_registered,
        KIT.test_the_field_that_a_bare_path_fills_is_one,
        KIT.test_what_is_no_data_is_not_recognised,
        KIT.test_what_it_does_not_know_in_python_is_left_to_others,
        KIT.test_each_input_has_a_value_for_each_row,
        KIT.test_every_row_has_a_label,
        KIT.test_what_belongs_to_rows_has_one_for_each,
        KIT.test_it_reads_the_same_again,
        KIT.test_further_data_have_the_inputs_of_the_training,
        KIT.test_further_data_that_are_not_there_are_told,
    ],
    ids=lambda promise: promise.__name__,
)
def test_a_source_without_a_fault_keeps_its_promises(
    promise: Callable[..., None], tmp_path: Path
) -> None:
    keep(promise, Rows(), tmp_path)


def keep(promise: Callable[..., None], source: Source, tmp_path: Path) -> None:
    """Run one test of the kit on a source."""
    given = {
        "source": source,
        "dataset": source.read(),
        "further": np.ones(2),
        "tmp_path": tmp_path,
    }
    names = promise.__code__.co_varnames[1 : promise.__code__.co_argcount]
    promise(KIT(), **{name: given[name] for name in names})
