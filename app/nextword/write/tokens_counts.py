"""A text counted in four ways beside each other: words, characters, bytes and the tokens of a model."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from nextword.engine.protocol import PromptToken
from nextword.tables import Table


class TextCounts(Struct, frozen=True):
    """words: what stands between white space. characters: code points, a line end is one. size_bytes: as UTF-8."""

    words: int
    characters: int
    size_bytes: int


class TokenCounts(Struct, frozen=True):
    """The tokens that one model makes of a text. tokens: without control tokens that the model adds of itself (added).

    distinct: different ids. whole_words: how many words of the text are one token. longest_bytes: of a token.
    """

    model: str
    tokens: int
    added: int
    distinct: int
    whole_words: int
    longest_bytes: int


def count_text(text: str) -> TextCounts:
    """Count what needs no model."""
    return TextCounts(len(text.split()), len(text), len(text.encode("utf-8", "replace")))


def count_tokens(model: str, text: str, tokens: Sequence[PromptToken]) -> TokenCounts:
    """Count the tokens of `text`."""
    own = [token for token in tokens if not token.control]
    pieces = {token.text.strip() for token in own}
    words = text.split()
    return TokenCounts(
        model=model,
        tokens=len(own),
        added=len(tokens) - len(own),
        distinct=len({token.id for token in own}),
        whole_words=sum(word.encode("utf-8", "replace") in pieces for word in words),
        longest_bytes=max((len(token.text) for token in own), default=0),
    )


def per_token(amount: int, tokens: int) -> float | None:
    """Return how much one token holds on average, None without tokens."""
    return amount / tokens if tokens else None


def counts_table(text: TextCounts, models: Sequence[TokenCounts]) -> Table:
    """Return every count, one row a measure and one column a model."""
    rows: list[tuple[str | int | float | None, ...]] = [
        ("words", *[text.words] * len(models)),
        ("characters", *[text.characters] * len(models)),
        ("bytes", *[text.size_bytes] * len(models)),
        ("tokens", *[one.tokens for one in models]),
        ("tokens added by the model", *[one.added for one in models]),
        ("different tokens", *[one.distinct for one in models]),
        ("words that are one token", *[one.whole_words for one in models]),
        ("longest token, bytes", *[one.longest_bytes for one in models]),
        ("characters per token", *[per_token(text.characters, one.tokens) for one in models]),
        ("bytes per token", *[per_token(text.size_bytes, one.tokens) for one in models]),
        ("tokens per word", *[per_token(one.tokens, text.words) for one in models]),
    ]
    names = [one.model for one in models]
    unique = [name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)]
    return Table(("measure", *unique), tuple(rows))
