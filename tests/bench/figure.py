"""One measured figure, and how it is printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """value in unit. reference: what was measured against in the same run, None when the target is absolute.

    target applies to the ratio when there is a reference, else to the value; sense says which side is good.
    """

    name: str
    value: float
    unit: str
    target: float
    sense: Literal["at most", "at least"] = "at most"
    reference: float | None = None
    reference_name: str = ""
    runs: int = 1

    @property
    def ratio(self) -> float | None:
        return None if not self.reference else self.value / self.reference

    @property
    def met(self) -> bool:
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.target if self.sense == "at most" else judged >= self.target

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 4),
                "unit": self.unit,
                "reference": None if self.reference is None else round(self.reference, 4),
                "reference_name": self.reference_name,
                "ratio": None if self.ratio is None else round(self.ratio, 3),
                "target": f"{self.sense} {self.target:g}",
                "met": self.met,
                "runs": self.runs,
            }
        )
