"""What a trial's network would be as a LiteRT file: its size, its latency, its score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen
from attrs.validators import ge

from archivolt.components.measurement import Measurement, TrainedNetwork

if TYPE_CHECKING:
    from archivolt.values.problem import Problem
    from archivolt_export.ports import Features


class _Converted(Measurement):
    """Converts a network, preprocessing apart, and tries the file on the validation rows."""

    __slots__ = ()

    quantization: ClassVar[str]
    calls: int

    def tells(self, problem: Problem) -> tuple[str, ...]:
        return tuple(f"{self.name}_{what}" for what in ("bytes", "latency", problem.metric.name))

    def measure(self, network: TrainedNetwork) -> Mapping[str, float]:
        from archivolt_export.latency import latency
        from archivolt_export.litert import litert, row_by_row, run_litert
        from archivolt_export.ports import exportable

        given = exportable(network.model)
        content = litert(network.model, self._representative(network), self.quantization)
        call = run_litert(content)
        feed = given.feed({name: part[:1] for name, part in network.validation.items()})
        scores = network.score(row_by_row(given, call, network.validation))
        metric = network.problem.metric.name
        return {
            f"{self.name}_bytes": float(len(content)),
            f"{self.name}_latency": latency(call, feed, self.calls),
            f"{self.name}_{metric}": scores[metric],
        }

    def _representative(self, network: TrainedNetwork) -> Features | None:
        return None


@frozen
class LiteRT(_Converted):
    """Bytes, latency (ms) and score of the network as a LiteRT file in float32."""

    name = "litert"
    quantization = "float"

    calls: int = field(default=100, validator=ge(1))  # whose median is the latency


@frozen
class LiteRTInt8(_Converted):
    """Bytes, latency (ms) and score of the network as a LiteRT file of 8 bits."""

    name = "litert_int8"
    quantization = "int8"

    calls: int = field(default=100, validator=ge(1))  # whose median is the latency
    representative: int = field(default=100, validator=ge(1))  # training rows, evenly spread

    def _representative(self, network: TrainedNetwork) -> Features:
        step = max(1, len(next(iter(network.training.values()))) // self.representative)
        return {
            name: part[::step][: self.representative] for name, part in network.training.items()
        }
