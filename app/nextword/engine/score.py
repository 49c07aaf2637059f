"""How likely each token of a given text is after what stands before it, and what that says of the whole text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from nextword.engine.cores import usable_cores
from nextword.engine.model import Model
from nextword.engine.perplexity import Tally, Window, overlapping, side_by_side
from nextword.engine.requests import PerplexityRule
from nextword.engine.rows import batches, extend, judge
from nextword.engine.tokens import TokenStep
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import ContextTooSmall


@dataclass(frozen=True, slots=True)
class Wish:
    """Fields as in requests.Score."""

    alternatives: int = 20
    window: int = 0
    overlap: int = -1
    rule: PerplexityRule = "overlap"


@dataclass(slots=True)
class Totals:
    """Fields as in replies.Scored; tally: over the tokens that have a probability."""

    tokens: int
    window: int
    overlap: int
    rule: PerplexityRule
    tally: Tally
    cached_tokens: int = 0
    evaluated_tokens: int = 0


Emit: TypeAlias = Callable[[int, list[TokenStep]], None]
"""Called with where the first of the steps stands in the text, its beginning token not counted, and the steps."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many tokens are read and how many there are to read."""


def run(model: Model, ids: Sequence[int], wish: Wish, *, emit: Emit, progress: Progress) -> Totals:
    """Score `ids`, window by window; `emit` gets every token that has something before it once, in order.

    The last token of a window is not evaluated: nothing is asked after it. Raises ContextTooSmall when the window is
    larger than the context, LogitsNotFinite, and Interrupted when the model was told to stop.
    """
    vocabulary = model.vocabulary
    lead = 1 if ids and ids[0] == vocabulary.bos else 0
    totals = _totals(model, len(ids), lead, wish)
    start = vocabulary.bos if vocabulary.add_bos else None
    total = sum(len(window.ids) - 1 for window in _windows(ids, lead, totals, start=start))
    spare_bytes = _spare_bytes(vocabulary, ids, lead)
    with ThreadPoolExecutor(usable_cores(), "engine-rows") as pool:
        for window in _windows(ids, lead, totals, start=start):  # made again: many windows are more than the text
            for position, steps in _read(model, window, wish.alternatives, totals, pool):
                for step in steps:
                    totals.tally.add(step.logprob, 0 if step.special else len(step.text))
                if steps:
                    totals.tally.size_bytes -= spare_bytes if position == 0 else 0
                    emit(position, steps)
                progress(totals.cached_tokens + totals.evaluated_tokens, total)
    return totals


def _totals(model: Model, count: int, lead: int, wish: Wish) -> Totals:
    window = wish.window or model.context_tokens
    if window > model.context_tokens:
        raise ContextTooSmall(window, model.context_tokens)
    window = max(window, 2 + lead)
    if wish.rule == "llama":
        return Totals(count - lead, window, 0, wish.rule, Tally())
    overlap = window // 2 if wish.overlap < 0 else wish.overlap
    # Every window scores a token, and without a beginning token the first of a window has no probability.
    overlap = max(1 - lead, min(overlap, window - lead - 1))
    return Totals(count - lead, window, overlap, wish.rule, Tally())


def _windows(ids: Sequence[int], lead: int, totals: Totals, *, start: int | None) -> Iterator[Window]:
    if totals.rule == "llama":
        return side_by_side(ids, size=totals.window, start=start, lead=lead)
    return overlapping(ids[:lead], ids[lead:], size=totals.window, overlap=totals.overlap)


def _read(
    model: Model, window: Window, alternatives: int, totals: Totals, pool: ThreadPoolExecutor
) -> Iterator[tuple[int, list[TokenStep]]]:
    """Evaluate a window batch by batch; yield the position of the first token that a batch scored, and the steps."""
    ids, first = window.ids, window.first
    outputs = [index >= first - 1 for index in range(len(ids) - 1)]
    kept = model.keep_prefix(ids[:first])
    totals.cached_tokens += kept
    vocabulary = model.vocabulary
    for part in batches(model, outputs, kept):
        extend(model, ids[part.start : part.stop], outputs[part.start : part.stop])
        totals.evaluated_tokens += len(part)

        def step(index: int, begin: int = part.start) -> TokenStep:
            row, following = model.row(index - begin), ids[index + 1]
            return judge(row, following, alternatives=alternatives, vocabulary=vocabulary, position=index)

        # The rows stay where they are: a copy of 128 of them takes 78 MB, and llama.cpp needs all cores while it runs.
        scored = [index for index in part if outputs[index]]
        begin = window.position + (scored[0] + 1 - first) if scored else window.position
        yield begin, list(pool.map(step, scored))


def _spare_bytes(vocabulary: Vocabulary, ids: Sequence[int], lead: int) -> int:
    """How many bytes of the first token are not of the text: the space that SentencePiece puts before it."""
    first = ids[lead : lead + 1]
    return 1 if first and vocabulary.puts_space and vocabulary.piece(first[0]).startswith(b" ") else 0
