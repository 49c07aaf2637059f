from __future__ import annotations

from msgspec.structs import replace

from nextword.chat.exported_words import words_of
from nextword.engine.tokens import TokenStep, pack
from nextword.history.trees import TokenBlock, TreeMessage


def step(text: bytes, logprob: float = -1.0, *, special: bool = False) -> TokenStep:
    return TokenStep(int.from_bytes(text[:3]), text, logprob, 2, 1.5, logprob, 10, (), special)


def message(text: str, *blocks: list[TokenStep]) -> TreeMessage:
    kept = tuple(TokenBlock("", pack(steps)) for steps in blocks)
    return TreeMessage(parent=None, role="assistant", text=text, created=1.0, blocks=kept)


def test_words_are_the_tokens_of_all_blocks_without_control_tokens() -> None:
    found = words_of(message("One two", [step(b"One", 0.0)], [step(b" two"), step(b"<end>", special=True)]))
    assert [(word.text, round(word.probability, 3), word.rank) for word in found] == [
        ("One", 1.0, 2),
        (" two", 0.368, 2),
    ]


def test_half_a_character_comes_with_the_token_that_completes_it() -> None:
    smile = "😀".encode()
    found = words_of(message("a😀b", [step(b"a"), step(smile[:2]), step(smile[2:]), step(b"b")]))
    assert [word.text for word in found] == ["a", "😀", "b"]


def test_a_character_that_never_became_whole_is_a_sign() -> None:
    found = words_of(message("a\ufffd", [step(b"a"), step(b"\xf0\x9f")]))
    assert [word.text for word in found] == ["a\ufffd"]


def test_tokens_that_are_not_the_text_are_not_shown() -> None:
    kept = message("One", [step(b"One")])
    assert words_of(replace(kept, text="Two")) == []
    assert words_of(replace(kept, blocks=(TokenBlock("", b"damaged"),))) == []
    assert words_of(replace(kept, blocks=())) == []
