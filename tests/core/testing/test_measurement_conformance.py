"""The kit for measurements tells which promise is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import field, frozen

from archivolt.components.measurement import Measurement
from archivolt.testing import MeasurementConformance

pytest.importorskip("keras")

KIT = MeasurementConformance


@frozen
class Sparsity(Measurement):
    """Count small weights, with a fault."""

    name = "sparsity"
    fault: str = "none"

    def tells(self, problem: Any) -> tuple[str, ...]:
        named = {"nothing": (), "loss": ("loss",), "twice": ("sparsity", "sparsity")}
        return named.get(self.fault, ("sparsity",))

    def measure(self, network: Any) -> dict[str, float]:
        first = network.model.weights[0]
        if self.fault == "changes":
            first.assign(first * 2)
        if self.fault == "prints":
            print("measured")
        small = float((abs(first.numpy()) < 0.1).mean())
        return {
            "other": {"density": small},
            "nan": {"sparsity": float("nan")},
        }.get(self.fault, {"sparsity": small})


@frozen
class Needy(Sparsity):
    """It cannot be named alone."""

    name = "needy"
    least: float = field(kw_only=True)


class TestSparsity(MeasurementConformance):
    @pytest.fixture
    def measurement(self) -> Measurement:
        return Sparsity()


@pytest.mark.parametrize(
    ("fault", "promise", "told"),
    [
        ("nothing", KIT.test_it_names_what_no_trial_tells_already, "names nothing"),
        ("twice", KIT.test_it_names_what_no_trial_tells_already, "names one twice"),
        ("loss", KIT.test_it_names_what_no_trial_tells_already, "begin your names with sparsity_"),
        ("other", KIT.test_it_tells_a_number_by_each_name, "by each name of `tells`"),
        ("nan", KIT.test_it_tells_a_number_by_each_name, "not finite"),
        ("changes", KIT.test_it_leaves_the_network_as_it_was, "says something else"),
    ],
)
def test_a_fault_is_told(fault: str, promise: Callable[..., None], told: str) -> None:
    from archivolt.testing.measurements import toy_network

    with pytest.raises(AssertionError) as failure:
        promise(KIT(), Sparsity(fault), toy_network())
    assert told in str(failure.value)


def test_printing_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    from archivolt.testing.measurements import toy_network

    with pytest.raises(AssertionError, match="standard output belongs to the command"):
        KIT().test_it_prints_nothing(Sparsity("prints"), toy_network(), capfd)


def test_a_field_without_a_default_is_told() -> None:
    with pytest.raises(pytest.fail.Exception, match="give every field a default"):
        KIT().test_it_needs_no_configuration(Needy(least=0.5))
