"""Calibration: what a prompt says when it knows nothing, and what is left when that is divided out.

contextual: Zhao et al. 2021 (arXiv 2102.09690). domain: Fei et al. 2023 (2305.19148). batch: Zhou et al. 2023
(2309.17249).
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from nextword.lab.scores import LabelScores, log_sum, normalised

Calibration: TypeAlias = Literal["none", "contextual", "domain", "batch"]

CONTENT_FREE: Final = ("N/A", "", "[MASK]")
"""The inputs of contextual calibration."""

DOMAIN_TEXTS = 20
"""How many texts of random words domain calibration asks about, as in its paper."""

FORMULAS: Final[Mapping[Calibration, str]] = {
    "none": "q = p",
    "contextual": "q ∝ p / p₀, p₀: mean of p for the inputs “N/A”, “” and “[MASK]”",
    "domain": f"q ∝ p / p₀, p₀: mean of p for {DOMAIN_TEXTS} texts of random words from the examples",
    "batch": "q ∝ p / p₀, p₀: mean of p over all inputs that are asked about",
}


def content_free_texts(calibration: Calibration, texts: Sequence[str], *, seed: int) -> tuple[str, ...]:
    """Return the inputs that p₀ is the mean of: nothing to ask for "none" and "batch".

    texts: of the task, without the test items. Texts of random words are as long as those are in the mean.
    """
    if calibration == "contextual":
        return CONTENT_FREE
    if calibration != "domain":
        return ()
    found = [text.split() for text in texts]
    words = [word for each in found for word in each]
    if not words:
        return ("",)
    source = random.Random(f"domain {seed}")
    length = max(1, round(len(words) / len(found)))
    return tuple(" ".join(source.choices(words, k=length)) for _ in range(DOMAIN_TEXTS))


def bias(content_free: Sequence[LabelScores]) -> tuple[float, ...]:
    """Return p₀: the mean of what the labels get for content-free inputs, divided by its sum, as Zhao's code does."""
    if not content_free:
        raise ValueError("no content-free scores")
    columns = zip(*(scores.scores for scores in content_free), strict=True)
    return normalised([log_sum(column) for column in columns])


def batch_bias(batch: Sequence[LabelScores]) -> tuple[float, ...]:
    """Return p₀ of batch calibration: the mean of the probabilities of all items. The batch should be balanced."""
    if not batch:
        raise ValueError("no scores")
    columns = zip(*(scores.probabilities for scores in batch), strict=True)
    return tuple(math.fsum(column) / len(batch) for column in columns)


def calibrated(scores: LabelScores, p_free: Sequence[float]) -> LabelScores:
    """Return the scores with W = diag(p₀)⁻¹: each divided by what the label gets for nothing."""
    logs = [score - math.log(max(free, sys.float_info.min)) for score, free in zip(scores.scores, p_free, strict=True)]
    return replace(scores, probabilities=normalised(logs), scores=tuple(logs), calibrated=True)
