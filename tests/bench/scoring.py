"""Figures of scored text: a long text with alternatives, and many labels after many items behind one prefix."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from nextword.engine import protocol
from tests.bench import reference
from tests.bench.figure import Figure, compare, in_turn
from tests.bench.generation import BARE
from tests.bench.ours import CONTEXT_TOKENS, Ours, Setup

EVERY = "llama_decode with logits of every token, nobody looks"
CALLS = "one eval of llama-cpp-python for each item and label"


def score(setup: Setup) -> Iterator[Figure]:
    """Tokens per second of a scored text against a prompt of the same tokens; labels against the binding."""
    yield from _text(setup)
    yield from _labels(setup)


def _text(setup: Setup) -> Iterator[Figure]:
    rounds, tokens = setup.rounds or 3, 4000
    seeds = count(1)
    with (
        Ours(setup) as ours,
        reference.bare_loop(setup) as bare,
        reference.bare_loop(setup, parameters="exact") as exact,
    ):
        assert tokens < CONTEXT_TOKENS

        def ids() -> list[int]:
            return ours.ids(tokens, seed=next(seeds))

        def measure_ours() -> float:
            heard = ours.ask(protocol.Score(0, protocol.TokenPrompt(tuple(ids())), 20))
            steps = [step for part in heard.events if isinstance(part, protocol.ScoredPart) for step in part.steps]
            assert len(steps) >= tokens - 1
            assert all(len(step.candidates) == 20 for step in steps)
            return tokens / heard.seconds[-1]

        own, default, every = in_turn(
            rounds,
            measure_ours,
            lambda: tokens / bare.seconds("read", ids=ids()),
            lambda: tokens / exact.seconds("every", ids=ids()),
        )
    name = "scored text with 20 alternatives"
    yield compare(name, "tokens/s", values=own, against=(BARE, default), target=("at least", 0.85))
    yield compare(name, "tokens/s", values=own, against=(EVERY, every))
    yield compare(EVERY, "tokens/s", values=every, against=(BARE, default))


def _labels(setup: Setup) -> Iterator[Figure]:
    """200 items of 20 tokens with 2 labels of 2 tokens each behind 400; the binding is asked for some, not for all."""
    rounds, items, prefix_tokens, item_tokens, label_tokens, sample = setup.rounds or 3, 200, 400, 20, 2, 4
    seeds = count(1)
    ideal = prefix_tokens + items * (item_tokens + 2 * label_tokens)
    evaluated: list[int] = []
    with (
        Ours(setup) as ours,
        reference.binding(setup, context_tokens=512) as binding,
    ):

        def measure_ours() -> float:
            prefix = ours.ids(prefix_tokens, seed=next(seeds))
            labels = tuple(tuple(ours.ids(label_tokens, seed=seed)) for seed in (1, 2))
            groups = tuple(
                protocol.Group(protocol.TokenPrompt((*prefix, *ours.ids(item_tokens, seed=next(seeds)))), labels)
                for _ in range(items)
            )
            heard = ours.ask(protocol.ScoreContinuations(0, groups))
            done = heard.last
            assert isinstance(done, protocol.ContinuationsScored)
            evaluated.append(done.evaluated_tokens)
            results = [
                one for part in heard.events if isinstance(part, protocol.ContinuationsPart) for one in part.results
            ]
            assert len(results) == 2 * items
            return 2 * items / heard.seconds[-1]

        def measure_binding() -> float:
            prefix = ours.ids(prefix_tokens, seed=next(seeds))
            seconds = 0.0
            for _ in range(sample):
                ids = [*prefix, *ours.ids(item_tokens + label_tokens, seed=next(seeds))]
                seconds += binding.seconds("score", ids=ids, labels=label_tokens)
            return sample / seconds

        own, calls = in_turn(rounds, measure_ours, measure_binding)
    yield Figure(
        "tokens evaluated for 200 items with 2 labels behind 400 tokens", max(evaluated), "tokens", 1.1,
        reference=ideal, reference_name="each token once", runs=len(evaluated),
    )  # fmt: skip
    yield compare("labels scored", "labels/s", values=own, against=(CALLS, calls), target=("at least", 10))
