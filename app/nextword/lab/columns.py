"""One prompt side by side: what a column asks, equal answers counted, and where two texts part.

Texts are compared as they are read, so models with different tokens can stand side by side.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.tokens import TokensNotReadable, TokenStep, pack, text_of, unpack
from nextword.lab.results import Versions
from nextword.lab.sweep import ModelRef

MOST_COLUMNS: Final = 4
MOST_REPEATS: Final = 20
QUESTION: Final = "What are LLMs?"
"""The built-in example: a base model goes on writing, its instruction-tuned sibling answers."""

ColumnForm: TypeAlias = Literal["raw", "templated"]
"""raw: the text alone. templated: a message in the model's chat template."""

Range: TypeAlias = tuple[int, int]
_WORD = re.compile(r"\S+")


class Column(Struct, frozen=True):
    """What a column asks. repeats: answers with the seeds seed, seed + 1, and so on; at temperature 0 there is one."""

    model: ModelRef
    form: ColumnForm
    prompt: str
    system: str = ""
    temperature: float = 0.0
    max_tokens: int = 64
    seed: int = 1
    repeats: int = 1

    def request(self) -> protocol.GenerateLanes:
        """Return what the engine is asked: all repeats together, with candidates for every token."""
        until = protocol.Until(self.max_tokens)
        lanes = tuple(
            protocol.Lane(self._prompt(), self._sampling(number), until)
            for number in range(1 if self.temperature <= 0 else max(1, self.repeats))
        )
        return protocol.GenerateLanes(0, lanes, alternatives=20)

    def _prompt(self) -> protocol.Prompt:
        if self.form == "raw":
            return protocol.TextPrompt(f"{self.system}\n\n{self.prompt}" if self.system else self.prompt)
        system = (protocol.Message("system", self.system),) if self.system else ()
        return protocol.ChatPrompt((*system, protocol.Message("user", self.prompt)))

    def _sampling(self, number: int) -> protocol.Sampling:
        seed = (self.seed + number) % 2**32
        return protocol.Sampling(temperature=self.temperature, top_k=0, top_p=1.0, min_p=0.0, seed=seed)


class ColumnAnswer(Struct):
    """An answer while it grows and when it has ended. reason: why it ended, "" while it grows."""

    steps: list[TokenStep] = []
    reason: str = ""

    @property
    def text(self) -> str:
        return text_of(self.steps)

    @property
    def bits_per_token(self) -> float:
        """How surprising the answer was to the model itself; NaN without tokens."""
        bits = [step.surprisal_bits for step in self.steps]
        return math.fsum(bits) / len(bits) if bits else math.nan


class ColumnResult(Struct):
    """What came of a column: an answer for each repeat."""

    column: Column
    answers: list[ColumnAnswer] = []
    versions: Versions = Versions()


class Folded(Struct, frozen=True):
    """Equal answers. answers: their places, the first the one that is shown."""

    text: str
    answers: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.answers)


def folded(texts: Sequence[str]) -> tuple[Folded, ...]:
    """Return different answers with how often each came, the most frequent first; blanks around them do not count."""
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text.strip(), []).append(place)
    found = [Folded(text, tuple(each)) for text, each in places.items()]
    return tuple(sorted(found, key=lambda one: -one.count))


def parting(one: str, other: str) -> int | None:
    """Return the place of the first character in which two texts differ, None where they are the same."""
    if one == other:
        return None
    shorter = min(len(one), len(other))
    return next((place for place in range(shorter) if one[place] != other[place]), shorter)


def step_at(steps: Sequence[TokenStep], place: int) -> int | None:
    """Return the index of the token that holds the character at `place` of the text, None behind its end."""
    wanted = len(text_of(steps)[:place].encode())
    at = 0
    for index, step in enumerate(steps):
        if not step.special:
            at += len(step.text)
            if at > wanted:
                return index
    return None


def changed_words(one: str, other: str) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """Return the characters of each text whose words are not in the other one at their place."""
    words = [list(_WORD.finditer(text)) for text in (one, other)]
    first_words, second_words = ([word.group() for word in each] for each in words)
    matcher = SequenceMatcher(None, first_words, second_words, autojunk=False)
    found: tuple[list[Range], list[Range]] = ([], [])
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for ranges, each, low, high in ((found[0], words[0], first, last), (found[1], words[1], start, end)):
            if low < high:
                ranges.append((each[low].start(), each[high - 1].end()))
    return tuple(found[0]), tuple(found[1])


# --- as it is kept ------------------------------------------------------------------------------------------


class _KeptAnswer(Struct):
    block: bytes
    reason: str


class _KeptColumn(Struct):
    column: Column
    answers: list[_KeptAnswer]
    versions: Versions


def pack_column(result: ColumnResult) -> bytes:
    """Return a column with its tokens as bytes."""
    answers = [_KeptAnswer(pack(answer.steps), answer.reason) for answer in result.answers]
    return zlib.compress(msgspec.msgpack.encode(_KeptColumn(result.column, answers, result.versions)), 6)


def unpack_column(data: bytes) -> ColumnResult:
    """Return the column that `pack_column` made bytes of. Raises ValueError for anything else."""
    try:
        kept = msgspec.msgpack.decode(zlib.decompress(data), type=_KeptColumn)
        answers = [ColumnAnswer(list(unpack(answer.block)), answer.reason) for answer in kept.answers]
    except (zlib.error, msgspec.MsgspecError, TokensNotReadable) as error:
        raise ValueError(str(error)) from error
    return ColumnResult(kept.column, answers, kept.versions)


def columns_text(columns: Sequence[Column]) -> str:
    """Return columns as JSON."""
    return msgspec.json.encode(tuple(columns)).decode()


def columns_from(text: str) -> tuple[Column, ...]:
    """Return the columns that a text holds. Raises ValueError."""
    return msgspec.json.decode(text, type=tuple[Column, ...])
