"""By which of its numbers a word is tinted, how strongly, and how high its bar is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

from PySide6.QtCore import QCoreApplication

from nextword.engine.tokens import TokenStep
from nextword.ui.colours import FULL_TINT_BITS, rank_fraction, tint_fraction

Tint: TypeAlias = Literal["off", "surprisal", "entropy", "rank"]
"""A value of the setting chat.tint."""

_HIGHEST_RANK_POWER = 4  # a bar is full from rank 10,000 on


def tint_names() -> dict[str, str]:
    """Return the names of the tints as they are chosen."""
    return {"off": _tr("Off"), "surprisal": _tr("Surprisal"), "entropy": _tr("Entropy"), "rank": _tr("Rank")}


def strength_of(step: TokenStep, tint: Tint) -> float:
    """Return how strong the tint of a token is, 0 for none to 1."""
    match tint:
        case "off":
            return 0.0
        case "surprisal":
            return tint_fraction(step.surprisal_bits)
        case "entropy":
            return 0.0 if math.isnan(step.entropy_bits) else tint_fraction(step.entropy_bits)
        case "rank":
            return rank_fraction(step.rank)


def height_of(step: TokenStep, tint: Tint) -> float:
    """Return how high the bar of a token is, from 0; a bar is full at 1, and what is beyond is higher all the same.

    Linear in bits, or in the power of ten of the rank.
    """
    match tint:
        case "entropy":
            return 0.0 if math.isnan(step.entropy_bits) else max(0.0, step.entropy_bits / FULL_TINT_BITS)
        case "rank":
            return math.log10(max(1, step.rank)) / _HIGHEST_RANK_POWER
        case _:
            return step.surprisal_bits / FULL_TINT_BITS


class Heights:
    """The height of the bar of each token of a sequence that may grow; only what is new is computed."""

    def __init__(self) -> None:
        self.all: list[float] = []
        self._steps: Sequence[TokenStep] = ()
        self._tint: Tint = "surprisal"

    def take(self, steps: Sequence[TokenStep], tint: Tint) -> None:
        """Follow `steps`: the sequence of the last call, which may have grown, or another one."""
        if steps is not self._steps or tint != self._tint or len(steps) < len(self.all):
            self.all, self._steps, self._tint = [], steps, tint
        self.all += [height_of(step, tint) for step in steps[len(self.all) :]]


def _tr(text: str) -> str:
    return QCoreApplication.translate("tint", text)
