"""A prompt and a continuation as tokens, and where the border is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nextword.engine.model import common_prefix
from nextword.engine.prompt import PromptBuilder
from nextword.engine.requests import Group, TextPrompt
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import EngineFault


@dataclass(frozen=True, slots=True)
class Pair:
    """ids: prompt and continuation. start: index of the continuation's first token, 1 or more. merged: as in
    ScoredContinuation."""

    ids: list[int]
    start: int
    merged: bool = False


def build(builder: PromptBuilder, vocabulary: Vocabulary, group: Group) -> list[Pair]:
    """Return a pair for each continuation of `group`. Raises TemplateFailed, and EngineFault for an unknown token.

    A text after a plain text follows lm-evaluation-harness: white space at the end of the prompt goes over to the
    continuation, because in most vocabularies a word and the space before it are one token; both are tokenized
    together and cut where the prompt's tokens end. Where that cuts a token in two, the continuation begins with that
    token. A text after a chat or after given tokens is tokenized by itself. Given tokens stay as they are.
    """
    prompt = group.prompt
    ids = builder.build(prompt).ids
    together = _after_text(builder, vocabulary, prompt.text) if isinstance(prompt, TextPrompt) else None
    pairs = []
    for continuation in group.continuations:
        if not isinstance(continuation, str):
            if bad := [token for token in continuation if not 0 <= token < vocabulary.size]:
                raise EngineFault(detail=f"there is no token {bad[0]}")
            pairs.append(Pair([*ids, *continuation], len(ids)))
        elif continuation == "" or together is None or prompt.answer_start:
            pairs.append(Pair([*ids, *vocabulary.tokenize_after(ids[-1], continuation, special=False)], len(ids)))
        else:
            pairs.append(together(continuation))
    return pairs


def _after_text(builder: PromptBuilder, vocabulary: Vocabulary, text: str) -> Callable[[str], Pair]:
    """Return a function that puts continuations after a plain text."""
    bare = text.rstrip()
    space = text[len(bare) :]
    before = builder.build(TextPrompt(bare)).ids

    def pair(continuation: str) -> Pair:
        continuation = space + continuation
        apart = Pair([*before, *vocabulary.tokenize_after(before[-1], continuation, special=False)], len(before))
        if not bare:
            return apart
        whole = builder.build(TextPrompt(bare + continuation)).ids
        same = common_prefix(before, whole)
        if same == len(before):
            return Pair(whole, same)
        start = max(same, _border(vocabulary, whole, len(continuation.encode("utf-8", "replace"))))
        return replace(Pair(whole, start) if 0 < start < len(whole) else apart, merged=True)

    return pair


def _border(vocabulary: Vocabulary, ids: Sequence[int], after_bytes: int) -> int:
    """Return the index of the first token that reaches into the last `after_bytes` bytes of what `ids` spell."""
    index = len(ids)
    while index > 0 and after_bytes > 0:
        index -= 1
        after_bytes -= len(vocabulary.piece(ids[index]))
    return index
