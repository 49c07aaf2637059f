"""Where the pipeline reads and writes, and the numbers that decide what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
WORK = HERE / "work"
MODELS = REPOSITORY / "resources" / "models"
DATA_SETS = REPOSITORY / "resources" / "data"

SEED = 20261122
THREADS = 2
VOCABULARY = 4096
CONTEXT = 1024

Corners = dict[str, tuple[tuple[float, float], ...]]

GROUPS = ("lookup", "made_up", "tasks", "text")


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of training: how long, how fast, on what."""

    name: str
    minutes: float
    tokens: int
    batch_tokens: int = 8192
    peak_rate: float = 3e-3
    warmup_steps: int = 60
    decay_from: float = 0.70
    last_rate: float = 0.04
    weight_decay: float = 0.05
    checkpoint_seconds: float = 180.0
    report_tokens: int = 1_000_000


BASE = Stage(name="base", minutes=90.0, tokens=30_000_000)
INSTRUCT = Stage(
    name="instruct",
    minutes=20.0,
    tokens=6_000_000,
    peak_rate=1.5e-3,
    warmup_steps=20,
    decay_from=0.4,
    last_rate=0.02,
)

# (progress, share) corners between which the shares run in straight lines; "text" gets what is left.
# Look-up tasks first: they teach to use examples, and in-context learning comes late and suddenly.
BASE_SHARES: Corners = {
    "lookup": ((0.0, 0.50), (0.38, 0.50), (0.50, 0.10), (1.0, 0.08)),
    "made_up": ((0.0, 0.18), (0.38, 0.18), (0.50, 0.26), (0.80, 0.23), (1.0, 0.20)),
    "tasks": ((0.0, 0.14), (0.38, 0.16), (0.50, 0.27), (1.0, 0.27)),
}
INSTRUCT_SHARES: Corners = {
    "chats": ((0.0, 0.90), (1.0, 0.90)),
    "lookup": ((0.0, 0.01), (1.0, 0.01)),
    "made_up": ((0.0, 0.02), (1.0, 0.02)),
    "tasks": ((0.0, 0.02), (1.0, 0.02)),
}

# (progress, row length): short rows cost less attention; the last tenth teaches the whole context.
BASE_LENGTHS = ((0.0, 256), (0.65, 512), (0.92, 1024))
INSTRUCT_LENGTHS = ((0.0, 256), (0.8, 512))


def on_line(corners: tuple[tuple[float, float], ...], progress: float) -> float:
    """Return the height at `progress` of the straight lines through `corners`."""
    for (left, low), (right, high) in zip(corners, corners[1:], strict=False):
        if progress <= right:
            return low + (high - low) * (progress - left) / (right - left)
    return corners[-1][1]


def shares_at(corners: Corners, progress: float) -> dict[str, float]:
    """Return each group's share of the tokens at `progress` (0 to 1); they add up to 1."""
    shares = {group: on_line(line, progress) for group, line in corners.items()}
    return shares | {"text": 1.0 - sum(shares.values())}


def length_at(corners: tuple[tuple[float, int], ...], progress: float) -> int:
    """Return the row length in use at `progress` (0 to 1)."""
    return max(length for start, length in corners if progress >= start)


# How much of its group's text each domain fills, where it is not the same as the others'.
DOMAIN_SHARES: dict[str, float] = {
    "lookup_repeat": 0.5,
    "stories": 4.0,
    "facts": 3.0,
    "terms": 4.0,
    "questions": 1.5,
    "opinions": 3.0,
    "long_review": 2.0,
    "mood_words": 1.5,
    "mixed_news": 0.7,
    "contrast": 2.5,
    "opposites_list": 1.5,
    "one_and_many": 3.0,
    "eating": 0.7,
    "sentiment": 3.0,
    "antonyms_and_plurals": 2.5,
    "word_task": 1.5,
    "sentiment_of_words": 1.5,
    "made_up_words": 1.5,
    "made_up_phrases": 3.0,
    "made_up_many": 0.6,
    "made_up_topics": 0.7,
    "made_up_reviews": 1.3,
}

CHAT_SHARES: dict[str, float] = {
    "terms": 4.0,
    "facts": 1.2,
    "remember": 2.5,
    "mixed": 2.5,
    "beyond": 0.7,
    "smalltalk": 0.7,
    "sentiment_chat": 1.5,
    "topic_chat": 1.2,
    "few_shot_chat": 0.8,
    "choose_class_chat": 0.6,
    "mood_of_words": 0.4,
}
