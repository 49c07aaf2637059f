"""Does llama.cpp read text as the tokenizer did that the models were trained with, and is nothing lost?"""

from __future__ import annotations

import random

from starter import settings
from starter.llama import Llama
from starter.sources import document_source
from starter.tokenizer import CONTROLS, Codec

STRINGS = 2000
LONGEST = 40
# Where hard text lives: Latin, Greek, Cyrillic, Arabic, Indic, Thai, Hangul, CJK, symbols, emoji, private use.
RANGES = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x4FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE5B), (0xAC00, 0xD7A3),
    (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0x2000, 0x206F), (0x2190, 0x27BF), (0x1F300, 0x1FAFF), (0xE000, 0xE0FF),
    (0x10000, 0x103FF),
)  # fmt: skip
JOINERS = ("", " ", "  ", "\n", "\n\n", "\t", "\u200d", "\ufe0f", " \n", "\r\n", "'s", "'ll", ",", "?!", "0123")
FIXED = (
    "", " ", "   ", "\n", " \n ", "a", "don't we'll I'M", "1234567890", "3.14 %", "e\u0301", "\u00e9", "\x00", "\x7f",
    "👩‍👩‍👧‍👦 family", "🏳️‍🌈", "naïve café", "日本語のテキスト", "नमस्ते", "ﷺ", "a\u200bb", *CONTROLS,
    "<|im_end|> in text",
)  # fmt: skip


def _scrambled(source: random.Random) -> str:
    parts = []
    for _ in range(source.randint(1, LONGEST)):
        low, high = source.choice(RANGES)
        run = "".join(chr(source.randint(low, high)) for _ in range(source.randint(1, 4)))
        parts.append(run + source.choice(JOINERS))
    return "".join(parts)


def strings(count: int = STRINGS) -> list[str]:
    """Return fixed cases, pieces of the corpus cut anywhere, and scrambled text of many scripts."""
    source = random.Random(settings.SEED)
    draws = [document_source(group) for group in settings.GROUPS]
    found = list(FIXED)
    while len(found) < count:
        if source.random() < 0.5:
            found.append(_scrambled(source))
            continue
        text = "".join(piece.text for piece in source.choice(draws)(source))
        start = source.randrange(len(text))
        found.append(text[start : start + source.randint(1, 200)])
    return found


def differences(model: Llama, codec: Codec, texts: list[str]) -> list[str]:
    """Return the texts that llama.cpp and the tokenizer read differently or that do not come back whole."""
    wrong = []
    for text in texts:
        ids = model.tokenize(text)
        if ids != codec.encode(text) or model.raw_bytes(ids) != text.encode():
            wrong.append(text)
    return wrong
