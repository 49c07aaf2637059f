"""Figures of generated text: tokens a second, prompts, several lanes at once, the next turn of a long chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count

from nextword.engine import protocol
from tests.bench import reference
from tests.bench.figure import Figure, compare, in_turn
from tests.bench.ours import Heard, Ours, Setup

ALTERNATIVES = 64
BARE = "llama_decode as llama-bench has it"
EXACT = "llama_decode with the engine's exact attention and memory"
BINDING = "llama-cpp-python with logprobs=10"


def generation(setup: Setup) -> Iterator[Figure]:
    """Tokens per second with 64 alternatives and both distributions, at the client, against decoding alone."""
    rounds, tokens, binding_tokens = setup.rounds or 7, 128, 32
    seeds = count()
    with (
        Ours(setup) as ours,
        reference.bare_loop(setup) as bare,
        reference.bare_loop(setup, parameters="exact") as exact,
        reference.binding(setup, context_tokens=1024) as binding,
    ):

        def measure_ours(ids: list[int]) -> float:
            moments = [moment for moment, _ in ours.ask(generate(ids, tokens, seed=next(seeds))).tokens()]
            return (len(moments) - 1) / (moments[-1] - moments[0])

        def measure_bare(loop: reference.Process, ids: list[int]) -> float:
            loop.ask("read", ids=ids)
            return (tokens - 1) / loop.seconds("generate", ids=ours.ids(tokens - 1, seed=next(seeds)))

        def measure_binding(ids: list[int]) -> float:
            made, _, seconds = binding.ask("complete", ids=ids, max_tokens=binding_tokens)
            return float((made - 1) / seconds)

        # llama-bench measures the first tokens of all; a chat goes on behind some hundred, where attention costs more.
        for before in (16, 600):
            ids = ours.ids(before, seed=before)
            own, default, same, high = in_turn(
                rounds,
                partial(measure_ours, ids),
                partial(measure_bare, bare, ids),
                partial(measure_bare, exact, ids),
                partial(measure_binding, ids),
            )
            name = f"generation with 64 alternatives behind {before} tokens"
            yield compare(name, "tokens/s", values=own, against=(BARE, default), target=("at least", 0.97))
            yield compare(name, "tokens/s", values=own, against=(EXACT, same))
            yield compare(name, "tokens/s", values=own, against=(BINDING, high), target=("at least", 3.5))


def generate(ids: Sequence[int], tokens: int, *, seed: int = 0) -> protocol.Generate:
    """Return the request of an answer after exactly `ids`, with the usual sampler."""
    sampling = protocol.Sampling(seed=seed)
    until = protocol.Until(max_tokens=tokens)
    return protocol.Generate(0, protocol.TokenPrompt(tuple(ids)), sampling, until, ALTERNATIVES)


def prompt(setup: Setup) -> Iterator[Figure]:
    """Tokens per second of a prompt, from the request to the first token at the client, against decoding alone."""
    rounds, tokens = setup.rounds or 5, 1024
    seeds = count(1)
    with (
        Ours(setup) as ours,
        reference.bare_loop(setup) as bare,
        reference.bare_loop(setup, parameters="exact") as exact,
        reference.binding(setup, context_tokens=tokens + 8) as binding,
    ):

        def measure_ours() -> float:
            return tokens / _seconds_to_first(ours.ask(generate(ours.ids(tokens, seed=next(seeds)), 1)))

        def measure_bare(loop: reference.Process) -> float:
            return tokens / loop.seconds("read", ids=ours.ids(tokens, seed=next(seeds)))

        def measure_binding() -> float:
            ids = ours.ids(tokens, seed=next(seeds))
            return float(tokens / binding.ask("complete", ids=ids, max_tokens=1)[1])

        own, default, same, high = in_turn(
            rounds, measure_ours, lambda: measure_bare(bare), lambda: measure_bare(exact), measure_binding
        )
    yield compare("prompt processing", "tokens/s", values=own, against=(BARE, default), target=("at least", 0.98))
    yield compare("prompt processing", "tokens/s", values=own, against=(EXACT, same))
    yield compare("prompt processing", "tokens/s", values=own, against=(BINDING, high))


def _seconds_to_first(heard: Heard) -> float:
    return heard.tokens()[0][0]


def lanes(setup: Setup) -> Iterator[Figure]:
    """Tokens per second of 8 lanes with full probabilities, against one lane, and against decoding alone."""
    rounds, tokens, many = setup.rounds or 5, 64, 8
    seeds = count(1)
    with (
        Ours(setup) as ours,
        reference.bare_loop(setup, sequences=many) as bare,
    ):

        def measure_ours(lanes: int) -> float:
            wanted = tuple(
                protocol.Lane(
                    protocol.TokenPrompt(tuple(ours.ids(16, seed=next(seeds)))),
                    protocol.Sampling(seed=next(seeds)),
                    protocol.Until(max_tokens=tokens),
                )
                for _ in range(lanes)
            )
            return _lanes_per_second(ours.ask(protocol.GenerateLanes(0, wanted, ALTERNATIVES, many)), lanes)

        def measure_bare(lanes: int) -> float:
            ids = ours.ids(tokens - 1, seed=next(seeds))
            return lanes * len(ids) / bare.seconds("lanes", prompt=ids[:16], ids=ids, lanes=lanes)

        eight, one, bare_eight, bare_one = in_turn(
            rounds, lambda: measure_ours(many), lambda: measure_ours(1),
            lambda: measure_bare(many), lambda: measure_bare(1),
        )  # fmt: skip
    yield compare(
        "8 lanes with 64 alternatives", "tokens/s", values=eight, against=("one lane", one), target=("at least", 2.5)
    )
    yield compare(
        "8 lanes with 64 alternatives", "tokens/s", values=eight, against=("llama_decode with 8 sequences", bare_eight)
    )
    yield compare(
        "llama_decode with 8 sequences", "tokens/s", values=bare_eight, against=("with one sequence", bare_one)
    )


def _lanes_per_second(heard: Heard, lanes: int) -> float:
    """Count while all lanes run: from the moment when each has a token until the first has its last."""
    moments: list[list[float]] = [[] for _ in range(lanes)]
    for moment, token in heard.tokens():
        moments[token.lane].append(moment)
    begun, ended = max(lane[0] for lane in moments), min(lane[-1] for lane in moments)
    return sum(begun < moment <= ended for lane in moments for moment in lane) / (ended - begun)


def reuse(setup: Setup) -> Iterator[Figure]:
    """The next turn of a chat of 3,000 tokens: tokens evaluated, and seconds to the first, against decoding alone."""
    rounds, known, new = setup.rounds or 9, 3000, 50
    seeds = count(1)
    evaluated: list[int] = []
    with (
        Ours(setup) as ours,
        reference.bare_loop(setup) as bare,
        reference.bare_loop(setup, parameters="exact") as exact,
    ):
        chat = ours.ids(known, seed=0)
        for loop in (bare, exact):
            loop.ask("read", ids=chat)
        ours.ask(generate(chat, 1))

        def turn() -> list[int]:
            return ours.ids(new, seed=next(seeds))

        def measure_ours() -> float:
            heard = ours.ask(generate([*chat, *turn()], 1))
            evaluated.append(known + new - heard.started().cached_tokens)
            return _seconds_to_first(heard)

        own, default, same = in_turn(
            rounds, measure_ours, lambda: bare.seconds("read", ids=turn(), keep=known),
            lambda: exact.seconds("read", ids=turn(), keep=known),
        )  # fmt: skip
    yield Figure("tokens evaluated for a next turn of 50", max(evaluated), "tokens", new, runs=len(evaluated))
    yield compare(
        "time to the first token of a next turn", "s", values=own, against=(BARE, default), target=("at most", 1.15)
    )
    yield compare("time to the first token of a next turn", "s", values=own, against=(EXACT, same))
