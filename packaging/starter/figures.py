"""Figures: what was measured, what is wanted, how two sets of figures compare."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "figures.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. score: 0 to 1, higher is better; None where there is nothing to reach."""

    key: str
    what: str
    measured: str
    wanted: str
    reached: bool | None
    score: float | None

    @property
    def verdict(self) -> str:
        return {True: "reached", False: "short", None: "-"}[self.reached]


def markdown(figures: list[Figure]) -> str:
    """Return the table as Markdown."""
    lines = ["| what | measured | at least | |", "|---|---|---|---|"]
    lines += [f"| {one.what} | {one.measured} | {one.wanted} | {one.verdict} |" for one in figures]
    return "\n".join(lines)


def json_lines(figures: list[Figure]) -> str:
    """Return one JSON object per row."""
    return "\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in figures)


def worth(figures: list[Figure]) -> float:
    """Return one number to compare models by: the mean of all scores, 0 to 1."""
    scores = [one.score for one in figures if one.score is not None]
    return sum(scores) / len(scores) if scores else 0.0


def save(figures: list[Figure], folder: Path) -> None:
    """Write the figures beside the models."""
    text = json.dumps({"figures": [asdict(one) for one in figures]}, indent=1, ensure_ascii=False)
    partial = folder / (FILE + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(folder / FILE)


def load(folder: Path) -> list[Figure] | None:
    """Return the figures stored in `folder`; None if there are none that can be read."""
    try:
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [Figure(**one) for one in stored["figures"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
