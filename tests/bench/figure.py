"""One measured figure, and how it is printed."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """value in unit. reference: what was measured against in the same run, None when the target is absolute.

    target applies to the ratio when there is a reference, else to the value; sense says which side is good; None: the
    figure is for information. ratios: of the pairs that were measured one after the other; their median is the ratio.
    """

    name: str
    value: float
    unit: str
    target: float | None
    sense: Literal["at most", "at least"] = "at most"
    reference: float | None = None
    reference_name: str = ""
    runs: int = 1
    ratios: tuple[float, ...] = ()

    @property
    def ratio(self) -> float | None:
        if self.ratios:
            return statistics.median(self.ratios)
        return None if not self.reference else self.value / self.reference

    @property
    def met(self) -> bool:
        if self.target is None:
            return True
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.target if self.sense == "at most" else judged >= self.target

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        told: dict[str, object] = {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "reference": None if self.reference is None else round(self.reference, 4),
            "reference_name": self.reference_name,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": "none" if self.target is None else f"{self.sense} {self.target:g}",
            "met": self.met,
            "runs": self.runs,
        }
        if self.ratios:
            told["spread"] = [round(min(self.ratios), 3), round(max(self.ratios), 3)]
        return json.dumps(told)


def in_turn(rounds: int, *measures: Callable[[], float]) -> list[tuple[float, ...]]:
    """Measure each in turn, so often, and return the values of each; a first turn warms up and is not counted.

    What a machine does besides changes within minutes: only neighbours can be compared.
    """
    turns = [[measure() for measure in measures] for _ in range(rounds + 1)]
    return list(zip(*turns[1:], strict=True))


def compare(
    name: str,
    unit: str,
    *,
    values: Sequence[float],
    against: tuple[str, Sequence[float]],
    target: tuple[Literal["at most", "at least"], float] | None = None,
) -> Figure:
    """Return the figure of values that were measured in turn with those of a reference, which has a name."""
    reference_name, references = against
    sense, limit = target or ("at least", None)
    return Figure(
        name,
        statistics.median(values),
        unit,
        limit,
        sense,
        statistics.median(references),
        reference_name,
        len(values),
        tuple(value / reference for value, reference in zip(values, references, strict=True)),
    )
