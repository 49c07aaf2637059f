"""Strings that break programs which cut text where a token ends; the same ones on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

_EMOJI = "👩🧑👨💻🚀❤🔥🏳🌈🏴☠👁🗨🤷🏽🏿♀♂🐈⬛😮💨"
_JOINER, _SELECTOR = "\u200d", "\ufe0f"
_MARKS = [chr(code) for code in (*range(0x300, 0x36F), 0x20DD, 0x0E33, 0x1AB0, 0x0651, 0x064B, 0x05B8)]
_RIGHT_TO_LEFT = "שלום עולם مرحبا بالعالم پارسی ܫܠܡܐ \u202e\u202d\u200f\u200e\u2066\u2069"
_SCRIPTS = "नमस्ते ภาษาไทย 日本語 한국어 ქართული ᏣᎳᎩ 𐌰𐍄𐍄𐌰 𒀀𒁀 𓀀𓂀 ﷽ ﬁ ǅ ẞ ı İ Å K Ω"
_CONTROL_NAMES = ("<s>", "</s>", "<unk>", "<0x0A>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>", "[INST]")
_INVALID = (
    b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xf0\x9f\x99", b"\xf0\x9f",
    b"\xc3", b"\xe2\x28\xa1", b"\xf0\x28\x8c\xbc",
)  # fmt: skip


def texts(count: int) -> list[str]:
    """Return so many different strings, a few of each kind in turn; none has half a surrogate pair."""
    rng = random.Random(20)
    makers: tuple[Callable[[random.Random], str], ...] = (
        _joined_emoji, _marked, _mixed_directions, _from_json, _controls, _any_plane, _long_word, _spaces, _scripts,
        _names_of_controls,
    )  # fmt: skip
    found: dict[str, None] = {}
    while len(found) < count:
        for maker in makers:
            text = maker(rng)
            if text:
                found[text] = None
    return list(found)[:count]


def broken(count: int) -> list[bytes]:
    """Return so many byte strings that are no UTF-8."""
    rng = random.Random(21)
    found: dict[bytes, None] = {}
    while len(found) < count:
        pieces = [rng.choice((rng.choice(_INVALID), rng.randbytes(rng.randint(1, 6)), "é🙂a".encode()))]
        pieces += [rng.choice(_INVALID) for _ in range(rng.randint(0, 2))]
        pieces += [rng.choice((b"", b"ok", "日本".encode()))]
        rng.shuffle(pieces)
        data = b"".join(pieces)
        try:
            data.decode()
        except UnicodeDecodeError:
            found[data] = None
    return list(found)


def _joined_emoji(rng: random.Random) -> str:
    parts = [rng.choice(_EMOJI) + rng.choice(("", _SELECTOR)) for _ in range(rng.randint(1, 6))]
    flag = "".join(chr(0x1F1E6 + rng.randrange(26)) for _ in range(rng.randint(0, 3)))
    return _JOINER.join(parts) + flag


def _marked(rng: random.Random) -> str:
    return "".join(
        rng.choice("aeoZ♥ก") + "".join(rng.choices(_MARKS, k=rng.randint(0, 6))) for _ in range(rng.randint(1, 4))
    )


def _mixed_directions(rng: random.Random) -> str:
    return "".join(rng.choices(_RIGHT_TO_LEFT + "abc 123()", k=rng.randint(1, 16)))


def _from_json(rng: random.Random) -> str:
    units = []
    for _ in range(rng.randint(1, 5)):
        offset = rng.randrange(0x100000)
        units.append(f"\\u{0xD800 + (offset >> 10):04x}\\u{0xDC00 + (offset & 0x3FF):04x}")
    text: str = json.loads(f'"{"".join(units)}\\u0000\\ufeff\\uffff"')
    return text


def _controls(rng: random.Random) -> str:
    return "".join(chr(rng.choice((*range(0x20), 0x7F, *range(0x80, 0xA0), 0x41))) for _ in range(rng.randint(1, 12)))


def _any_plane(rng: random.Random) -> str:
    codes = [rng.randrange(0x110000) for _ in range(rng.randint(1, 8))]
    return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000 and code != 0x2581)


def _long_word(rng: random.Random) -> str:
    times = 100 if rng.random() < 0.05 else rng.randint(2, 12)
    return rng.choice(("a", "the", "ß", "字", "🙂", "=", "the ")) * times + str(rng.randrange(1000))


def _spaces(rng: random.Random) -> str:
    blanks = " \t\n\r\v\f\u00a0\u2003\u2028\u2029\u3000\ufeff\u200b"
    return "".join(rng.choices(blanks + "a", k=rng.randint(1, 10)))


def _scripts(rng: random.Random) -> str:
    return "".join(rng.choices(_SCRIPTS, k=rng.randint(1, 8)))


def _names_of_controls(rng: random.Random) -> str:
    return "".join(rng.choices((*_CONTROL_NAMES, " ", "the", "é"), k=rng.randint(1, 4)))
