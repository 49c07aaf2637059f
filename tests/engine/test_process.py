"""The real engine process: what it says, and how it ends."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.protocol import ChatPrompt, Message, TextPrompt
from nextword.engine.tokens import Cut, text_of
from tests import models
from tests.engine.engine_driver import WAIT_SECONDS, Driver

CHAT = ChatPrompt((Message("user", "What is this?"),))


NOTHING_WORKS = """
from nextword.engine import backends
from nextword.errors import NoWorkingVariant
def choose(cache):
    raise NoWorkingVariant(("zen4: SIGILL",))
backends.choose = choose
"""
FAULT_IN_SCORE = """
from nextword.engine import score
score.run = lambda *_, **__: 1 / 0
"""


@pytest.fixture
def engine(engine_cache: Path) -> Iterator[Driver]:
    with Driver(engine_cache) as driver:
        driver.wait(protocol.Hello)
        yield driver


def test_hello_names_the_protocol_and_the_processor_variant(engine_cache: Path) -> None:
    with Driver(engine_cache) as engine:
        hello = engine.wait(protocol.Hello)
        assert hello.protocol == protocol.VERSION
        assert hello.pid == engine.pid
        assert hello.variant
        assert "llama-cpp-python" in hello.llama_version


def test_a_model_loads_and_answers(engine: Driver, tmp_path: Path) -> None:
    path = models.make("chatml", tmp_path, endless=True)
    model = engine.load(path).model
    assert (model.kind, model.template_note, model.path) == ("instruct", "", str(path))
    assert model.context_tokens == model.trained_context_tokens == 512
    tokens = engine.generate(CHAT, 12)
    assert [token.position for token in tokens] == list(range(12))
    assert text_of([token.step for token in tokens]).strip()
    finished = engine.events[-1]
    assert isinstance(finished, protocol.Finished)
    assert (finished.reason, finished.generated_tokens) == ("limit", 12)
    fractions = [event.fraction for event in engine.events if isinstance(event, protocol.LoadProgress)]
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)


def test_a_path_with_spaces_and_emoji_loads(engine: Driver, tmp_path: Path) -> None:
    path = models.make("qwen2", tmp_path / "my models 🦊", file_name="tiny ✨ é.gguf", endless=True)
    assert engine.load(path).model.kind == "base"
    assert len(engine.generate(TextPrompt("the"), 4)) == 4


def test_same_seed_same_tokens_in_another_process(engine_cache: Path, tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, endless=True)
    texts = []
    for seed in (7, 7, 8):
        with Driver(engine_cache) as engine:
            engine.load(path, threads=1)
            texts.append([token.step for token in engine.generate(TextPrompt("the"), 24, seed=seed, temperature=1.5)])
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_stop_ends_an_endless_answer_and_the_next_one_works(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True, n_ctx=4096))
    job = engine.job()
    engine.send(protocol.Generate(job, TextPrompt("the"), protocol.Sampling(), protocol.Until(4000)))
    engine.wait(protocol.TokenChosen)
    engine.send(protocol.Stop(job))
    finished = engine.wait(protocol.Finished)
    assert finished.reason == "stopped"
    assert 1 <= finished.generated_tokens < 4000
    assert len(engine.generate(TextPrompt("the"), 3)) == 3


def test_stop_of_an_unknown_job_stops_nothing(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True))
    engine.send(protocol.Stop(3))  # the number that the next job but one will have
    assert len(engine.generate(TextPrompt("the"), 3)) == 3
    assert len(engine.generate(TextPrompt("the"), 3)) == 3


def test_ping_is_answered_while_the_model_computes(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True, n_ctx=4096))
    job = engine.job()
    engine.send(protocol.Generate(job, TextPrompt("the"), protocol.Sampling(), protocol.Until(4000)))
    engine.wait(protocol.TokenChosen)
    engine.send(protocol.Ping(99))
    assert engine.wait(protocol.Pong).job == 99
    assert not any(isinstance(event, protocol.Finished) for event in engine.events)


def test_the_process_ends_with_its_input_in_the_middle_of_an_answer(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True, n_ctx=4096))
    engine.send(protocol.Generate(engine.job(), TextPrompt("the"), protocol.Sampling(), protocol.Until(4000)))
    engine.wait(protocol.TokenChosen)
    engine.input.close()
    assert engine.exit_code == 0


def test_the_thread_that_analyses_does_not_push_the_computation_aside(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True))
    engine.send(protocol.Generate(engine.job(), TextPrompt("the"), protocol.Sampling(), protocol.Until(4)))
    engine.wait(protocol.Finished)
    threads = [int(path.name) for path in Path(f"/proc/{engine.pid}/task").iterdir()]
    assert [os.sched_getscheduler(thread) for thread in threads].count(os.SCHED_BATCH) == 1


def test_sigterm_ends_the_process(engine: Driver) -> None:
    os.kill(engine.pid, signal.SIGTERM)
    assert engine.exit_code == -signal.SIGTERM


@pytest.mark.parametrize("frame", [b"\x00\x00\x00\x03abc", struct.pack(">I", 1 << 31), b"\x00\x00\x00\x09half"])
def test_garbage_in_a_request_ends_the_process_with_a_word(engine: Driver, frame: bytes) -> None:
    engine.input.write(frame)
    engine.input.flush()
    assert "request not understood" in engine.end()
    assert engine.exit_code == 2


def test_a_processor_that_nothing_works_on_is_told(engine_cache: Path) -> None:
    with Driver(engine_cache, before=NOTHING_WORKS) as engine:
        assert _failure(engine) == protocol.Failed(0, "NoWorkingVariant", {"tried": ["zen4: SIGILL"]})
        assert engine.exit_code == 3  # before its input is closed, which would be a reason to end as well
        assert "zen4: SIGILL" in engine.end()


def test_a_fault_of_ours_costs_the_job_and_not_the_model(engine_cache: Path, tmp_path: Path) -> None:
    with Driver(engine_cache, before=FAULT_IN_SCORE) as engine:
        engine.load(models.make("qwen2", tmp_path, endless=True))
        engine.send(protocol.Score(2, TextPrompt("the time")))
        assert _failure(engine) == protocol.Failed(2, "EngineFault", {"detail": "ZeroDivisionError: division by zero"})
        assert len(engine.generate(TextPrompt("the"), 3)) == 3
        assert "Traceback" in engine.end()


def test_a_job_without_a_model_fails(engine: Driver) -> None:
    engine.send(protocol.Generate(1, CHAT, protocol.Sampling(), protocol.Until(4)))
    assert _failure(engine) == protocol.Failed(1, "NoModelLoaded", {})


def test_a_file_that_is_no_model_fails_and_the_process_takes_another(engine: Driver, tmp_path: Path) -> None:
    text = tmp_path / "letter.gguf"
    text.write_text("Dear friend, this is a letter and no model.")
    engine.send(protocol.Load(1, str(text)))
    failed = _failure(engine)
    assert (failed.kind, failed.data["reason"]) == ("ModelNotReadable", "not_gguf")
    assert engine.load(models.make("qwen2", tmp_path)).model.architecture == "qwen2"


def test_an_unknown_architecture_is_named(engine: Driver, tmp_path: Path) -> None:
    engine.send(protocol.Load(1, str(models.make("llama", tmp_path, architecture="dreamweaver"))))
    failed = _failure(engine)
    assert failed.kind == "ModelNotReadable"
    assert (failed.data["reason"], failed.data["detail"]) == ("unknown_architecture", "dreamweaver")


def test_a_model_without_a_vocabulary_is_refused(engine: Driver, tmp_path: Path) -> None:
    engine.send(protocol.Load(1, str(models.make("llama", tmp_path, metadata={"tokenizer.ggml.model": "none"}))))
    failed = _failure(engine)
    assert failed.kind == "ModelNotReadable"
    assert (failed.data["reason"], failed.data["detail"]) == ("missing_key", "tokenizer.ggml.model")


def test_what_llama_cpp_refuses_comes_with_its_reason(engine: Driver, tmp_path: Path) -> None:
    engine.send(protocol.Load(1, str(models.make("llama", tmp_path, metadata={"llama.block_count": 3}))))
    failed = _failure(engine)
    assert failed.kind == "ModelLoadFailed"
    assert any("blk.2" in str(line) for line in failed.data["log"] or ())


def test_a_process_opens_one_model_in_its_life(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True))
    engine.send(protocol.Load(2, str(models.make("llama", tmp_path))))
    assert _failure(engine) == protocol.Failed(2, "EngineBusy", {"job": 1})
    assert len(engine.generate(TextPrompt("the"), 3)) == 3


def test_a_prompt_that_does_not_fit_says_by_how_much(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, n_ctx=64))
    engine.send(protocol.Generate(2, TextPrompt("x" * 100), protocol.Sampling(), protocol.Until(4)))
    failed = _failure(engine)
    assert failed.kind == "ContextTooSmall"
    assert failed.data == {"needed": 100, "available": 63}


def test_the_process_is_confined_once_it_has_a_model(engine: Driver, tmp_path: Path) -> None:
    isolation = engine.load(models.make("qwen2", tmp_path)).isolation
    assert isolation.network_blocked
    assert not any(line.startswith("threads") for line in isolation.missing)


BAD_TEMPLATES = {
    "syntax": "{% for m in messages %}{{ m.content",
    "runtime": "{% include '/etc/passwd' %}{{ lipsum.__globals__['os'] }}",
    "memory": "{{ 'a' * 10000000000 }}",
    "too_large": "{% for i in range(90000) %}{{ 'aaaaaaaaaa' }}{% endfor %}",
    "too_slow": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
}


@pytest.mark.parametrize("reason", BAD_TEMPLATES)
def test_a_model_with_a_bad_template_still_chats(engine: Driver, tmp_path: Path, reason: str) -> None:
    path = models.make("chatml", tmp_path, template=BAD_TEMPLATES[reason], endless=True)
    model = engine.load(path).model
    assert (model.kind, model.template_note) == ("instruct", reason)
    assert len(engine.generate(CHAT, 3)) == 3
    assert f"reason='{reason}'" in engine.end()


def test_nothing_is_left_when_the_process_is_killed(engine: Driver) -> None:
    helpers = [os.pidfd_open(pid) for pid in _children_of(engine.pid)]
    assert helpers, "the process that renders templates"
    os.kill(engine.pid, signal.SIGKILL)
    assert engine.exit_code == -signal.SIGKILL
    for helper in helpers:
        # A pidfd can be read from when its process has ended.
        assert select.select([helper], [], [], WAIT_SECONDS)[0] == [helper]
        os.close(helper)


def test_what_the_library_prints_does_not_reach_the_frames(engine: Driver, tmp_path: Path) -> None:
    # Loading prints to standard output in C; a frame after it would be garbage.
    engine.load(models.make("llama", tmp_path, endless=True))
    assert len(engine.generate(TextPrompt("the"), 5)) == 5
    assert os.readlink(f"/proc/{engine.pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{engine.pid}/fd/1") == os.readlink(f"/proc/{engine.pid}/fd/2")


def test_a_chat_knows_what_it_read_before(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path, endless=True))
    answer = text_of([token.step for token in engine.generate(CHAT, 8)])
    chat = ChatPrompt((*CHAT.messages, Message("assistant", answer), Message("user", "And this?")))
    engine.generate(chat, 2)
    started = [event for event in engine.events if isinstance(event, protocol.Started)]
    assert started[0].cached_tokens == 0
    assert started[1].cached_tokens >= started[0].prompt_tokens


def test_tokenize_gives_the_tokens_of_the_prompt_and_of_each_message(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    engine.send(protocol.Tokenize(2, CHAT))
    tokenized = engine.wait(protocol.Tokenized)
    text = b"".join(token.text for token in tokenized.tokens)
    assert text == b"<|im_start|>user\nWhat is this?<|im_end|>\n<|im_start|>assistant\n"
    assert sum(token.control for token in tokenized.tokens) == 3
    assert len(tokenized.per_message) == 1


def test_score_gives_a_step_for_every_token(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("llama", tmp_path))  # has BOS: something stands before the first token too
    engine.send(protocol.Score(2, TextPrompt("the time of day"), alternatives=5))
    scored = engine.wait(protocol.Scored)
    steps = [step for event in engine.events if isinstance(event, protocol.ScoredPart) for step in event.steps]
    assert text_of(steps).strip() == "the time of day"
    assert all(len(step.candidates) == 5 for step in steps)
    assert scored.scored_tokens == scored.tokens == len(steps)
    assert scored.logprob_sum == pytest.approx(sum(step.logprob for step in steps))


def _children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _failure(engine: Driver) -> protocol.Failed:
    while (event := engine.next()) is not None:
        if isinstance(event, protocol.Failed):
            return event
    raise AssertionError(engine.end())


def test_a_strict_request_gives_the_same_bits_again_whatever_was_done_between(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("llama", tmp_path, endless=True))
    prompt = protocol.TextPrompt("the time of day and the number of people")

    def strict() -> list[protocol.TokenChosen]:
        job = engine.job()
        wish = protocol.Sampling(temperature=1.2, xtc_probability=0.5, seed=11)
        engine.send(protocol.Generate(job, prompt, wish, protocol.Until(30), 20, strict=True))
        finished = engine.wait(protocol.Finished)
        assert (finished.cached_tokens, finished.evaluated_tokens) == (0, finished.prompt_tokens)
        return [event for event in engine.events if isinstance(event, protocol.TokenChosen) and event.job == job]

    first = [event.step for event in strict()]
    engine.generate(TextPrompt("the time of day and the first part"), 7)
    engine.send(protocol.Score(engine.job(), TextPrompt("the time of day and the water")))
    engine.wait(protocol.Scored)
    assert [event.step for event in strict()] == first


def test_lanes_stream_each_for_itself_and_one_can_be_stopped(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path, endless=True, n_ctx=8192))
    job = engine.job()
    lanes = tuple(
        protocol.Lane(CHAT, protocol.Sampling(temperature=1.5, seed=seed), protocol.Until(60 if seed else 8000))
        for seed in range(3)
    )
    engine.send(protocol.GenerateLanes(job, lanes, 5))
    while not any(isinstance(event, protocol.TokenChosen) for event in engine.events):
        engine.next()
    engine.send(protocol.Stop(job, 0))
    finished = engine.wait(protocol.Finished)
    ended = {event.lane: event for event in engine.events if isinstance(event, protocol.LaneFinished)}
    assert {lane: event.reason for lane, event in ended.items()} == {0: "stopped", 1: "limit", 2: "limit"}
    for lane in range(3):
        chosen = [event for event in engine.events if isinstance(event, protocol.TokenChosen) and event.lane == lane]
        assert [event.position for event in chosen] == list(range(ended[lane].generated_tokens))
        assert all(len(event.step.candidates) == 5 for event in chosen)
    assert finished.generated_tokens == sum(event.generated_tokens for event in ended.values())
    # The prompt is the same for all: read once, but for its last token.
    assert finished.evaluated_tokens == ended[0].prompt_tokens + 2


def test_an_answer_goes_on_from_exact_ids_and_text_is_never_encoded_again(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True))
    ids = (9, 9, 10, 8, 9)  # no tokenizer splits a text like this
    branched = engine.generate(protocol.TokenPrompt(ids, answer_start=(11, 12)), 4, temperature=0.0)
    engine.send(protocol.Tokenize(engine.job(), protocol.TokenPrompt(ids, (11, 12))))
    assert [token.id for token in engine.wait(protocol.Tokenized).tokens] == [*ids, 11, 12]
    again = engine.generate(protocol.TokenPrompt((*ids, 11, 12, branched[0].step.id)), 3, temperature=0.0)
    assert [event.step.id for event in again] == [event.step.id for event in branched[1:]]
    started = [event for event in engine.events if isinstance(event, protocol.Started)]
    assert started[-1].cached_tokens == len(ids) + 2


def test_a_token_that_there_is_not_is_refused(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True))
    engine.send(protocol.Generate(engine.job(), protocol.TokenPrompt((1, 10**6)), protocol.Sampling()))
    assert _failure(engine).data == {"detail": "there is no token 1000000"}
    engine.send(protocol.Generate(engine.job(), protocol.TokenPrompt(()), protocol.Sampling()))
    engine.events.clear()
    assert _failure(engine).data == {"detail": "a prompt of no tokens"}


def test_a_lane_that_does_not_fit_is_told_before_anything_is_evaluated(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("qwen2", tmp_path, endless=True, n_ctx=64))
    lanes = (
        protocol.Lane(TextPrompt("the"), protocol.Sampling()),
        protocol.Lane(TextPrompt("x" * 500), protocol.Sampling()),
    )
    engine.send(protocol.GenerateLanes(engine.job(), lanes))
    failed = _failure(engine)
    assert failed.kind == "ContextTooSmall"
    assert failed.data == {"needed": 500, "available": 63}
    assert not any(isinstance(event, protocol.Started) for event in engine.events)


def test_a_prefilled_answer_begins_with_its_text(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    engine.send(protocol.Tokenize(engine.job(), protocol.ChatPrompt(CHAT.messages, answer_text="The time <|im_end|>")))
    tokens = engine.wait(protocol.Tokenized).tokens
    assert b"".join(token.text for token in tokens).endswith(b"<|im_start|>assistant\nThe time <|im_end|>")
    assert sum(token.control for token in tokens) == 3, "what a person wrote steers nothing"


def test_an_answer_follows_its_grammar_and_ends_where_it_is_complete(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    grammar = 'root ::= " time" " day"{1,3} "."'
    chosen = engine.generate(CHAT, 40, grammar=grammar, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=4)
    text = text_of([event.step for event in chosen])
    assert re.fullmatch(r" time( day)+\.", text), text
    assert engine.events[-1].reason == "end"  # type: ignore[union-attr]
    assert any(candidate.cut == Cut.GRAMMAR for event in chosen for candidate in event.step.candidates)


def test_a_grammar_goes_on_behind_the_beginning_of_an_answer(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    grammar = 'root ::= " time day"'
    chat = protocol.ChatPrompt(CHAT.messages, answer_text=" time")
    assert text_of([event.step for event in engine.generate(chat, 40, grammar=grammar)]) == " day"
    refused = protocol.ChatPrompt(CHAT.messages, answer_text=" people")
    engine.send(protocol.Generate(engine.job(), refused, protocol.Sampling(grammar=grammar)))
    assert _failure(engine).kind == "GrammarNotFollowed"


def test_a_grammar_that_cannot_be_read_is_told_with_its_place(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    engine.send(protocol.Generate(engine.job(), CHAT, protocol.Sampling(grammar='root ::= "a"\nrest ::= ((\n')))
    failed = _failure(engine)
    assert failed.kind == "GrammarNotUnderstood"
    assert (failed.data["line"], failed.data["column"]) == (2, 11), "where the bracket is that nothing closes"
    assert len(engine.generate(CHAT, 3)) == 3


def test_an_answer_in_json_fits_its_schema(engine: Driver, tmp_path: Path) -> None:
    engine.load(models.make("chatml", tmp_path))
    schema = {"type": "object", "properties": {"day": {"enum": ["one", "two"]}}, "required": ["day"]}
    chosen = engine.generate(CHAT, 200, json_schema=json.dumps(schema), seed=3)
    assert json.loads(text_of([event.step for event in chosen]))["day"] in ("one", "two")
