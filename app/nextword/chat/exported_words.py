"""The words of a kept answer with their probabilities, for a document."""

from __future__ import annotations

from nextword.engine.tokens import TokensNotReadable, Utf8Stream, unpack
from nextword.history.exports.page import Word
from nextword.history.trees import TreeMessage


def words_of(message: TreeMessage) -> list[Word]:
    """Return the tokens of a message as they are read; none when they are not, or no longer, its text.

    Half a character comes with the token that completes it.
    """
    words: list[Word] = []
    stream = Utf8Stream()
    try:
        for kept in message.blocks:
            for step in unpack(kept.block):
                text = "" if step.special else stream.feed(step.text)
                if text:
                    words.append(Word(text, step.probability, step.surprisal_bits, step.rank))
    except TokensNotReadable:
        return []
    rest = stream.finish()
    if rest and words:
        last = words[-1]
        words[-1] = Word(last.text + rest, last.probability, last.surprisal_bits, last.rank)
    return words if "".join(word.text for word in words) == message.text else []
