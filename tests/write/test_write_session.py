"""A document of Write on the real engine: continued, scored, edited, taken another way, and nothing of it lost."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep
from nextword.write.judging import Totals
from nextword.write.lints import Lint
from tests import models
from tests.write.documents import Desk, desk_on


def test_the_model_goes_on_at_the_caret_and_the_text_before_has_numbers_too(desk: Desk) -> None:
    desk.type("the time of day")
    written = desk.go_on()
    session = desk.session
    assert written
    assert not desk.failures
    assert session.written.text == "the time of day" + written
    assert session.written.covered(0, len(session.written.text))
    assert all(step.candidates for step in session.steps), "the first token too: a BOS stands before it"
    authors = {
        session.written.by_model(token) for token in range(len(session.steps)) if session.written.starts[token] >= 15
    }
    assert authors == {True}
    assert not session.written.by_model(0)


def test_a_continuation_goes_on_from_the_ids_that_are_there(desk: Desk) -> None:
    desk.type("the time")
    desk.go_on()
    desk.go_on()
    ids = desk.session.ids_before()
    assert ids is not None
    replies: list[protocol.Tokenized] = []
    sent = protocol.MixedPrompt(desk.session.board.parts(0, len(desk.shown)))
    desk.engine.ask(
        protocol.Tokenize(0, sent), lambda e: replies.append(e) if isinstance(e, protocol.Tokenized) else None
    )
    desk.deliver.until(lambda: replies)
    assert tuple(token.id for token in replies[0].tokens) == ids


def test_what_is_edited_makes_what_follows_stale_until_it_is_scored_again(desk: Desk) -> None:
    desk.type("the time of day")
    desk.session.score()
    desk.until_idle()
    count = len(desk.session.steps)
    before = [step.logprob for step in desk.session.steps]
    desk.type("no", at=4)
    written = desk.session.written
    assert [written.is_stale(token) for token in range(len(written))].count(True) >= 1
    assert not written.is_stale(0)
    assert len(written) < count + 2
    desk.session.score()
    desk.until_idle()
    assert not any(written.is_stale(token) for token in range(len(desk.session.steps)))
    assert written.covered(0, len(written.text))
    desk.session.undo()
    assert desk.shown == "the time of day"
    desk.session.score()
    desk.until_idle()
    again = [step.logprob for step in desk.session.steps]
    assert all(math.isclose(one, other, abs_tol=1e-3) for one, other in zip(before, again, strict=True))


def test_a_score_says_what_it_comes_to_and_agrees_with_the_engine(desk: Desk) -> None:
    totals: list[Totals] = []
    desk.session.scored.connect(totals.append)
    desk.type("the time of day and the time of night")
    desk.session.score()
    desk.until_idle()
    whole: list[protocol.Scored] = []
    desk.engine.ask(
        protocol.Score(0, protocol.TextPrompt(desk.shown)),
        lambda event: whole.append(event) if isinstance(event, protocol.Scored) else None,
    )
    desk.deliver.until(lambda: whole)
    assert totals[0].scored == whole[0].scored_tokens
    assert math.isclose(totals[0].bits, -whole[0].logprob_sum / math.log(2), rel_tol=1e-5)
    assert math.isclose(totals[0].perplexity, whole[0].perplexity, rel_tol=1e-5)
    assert (totals[0].window, totals[0].overlap) == (512, 0), "all of it is in one window"
    desk.type(" the time of day" * 200)
    desk.session.score()
    desk.until_idle()
    assert (totals[1].window, totals[1].overlap) == (512, 256)
    assert desk.session.totals() == totals[1]
    assert math.isclose(totals[0].bits_per_byte, whole[0].bits_per_byte, rel_tol=1e-5)


def test_one_undo_takes_a_whole_continuation_back_and_redo_brings_its_numbers(desk: Desk) -> None:
    desk.type("the time")
    written = desk.go_on()
    steps = list(desk.session.steps)
    desk.session.undo()
    assert desk.shown == desk.session.written.text == "the time"
    desk.session.redo()
    assert desk.shown == "the time" + written
    assert desk.session.steps == steps


def test_a_branch_takes_another_token_by_its_id_and_keeps_what_was(desk: Desk) -> None:
    desk.type("the time")
    old = desk.go_on()
    session = desk.session
    first = session.written.tokens_in(8, 9)[0]
    other = session.steps[first].candidates[2]
    before = session.ids_before(first)
    session.branch(first, other)
    desk.until_idle()
    assert session.steps[first].id == other.id
    assert session.ids_before(first) == before
    assert len(session.steps) > first + 1, "it goes on"
    stored = desk.kept()
    texts = {message.text for message in stored.messages}
    assert old in texts, "the old text is a version"
    assert stored.head is not None


def test_one_token_at_a_time_is_chosen_by_its_id_with_its_numbers(desk: Desk) -> None:
    desk.type("the time")
    seen: list[protocol.Distribution] = []
    desk.session.look(seen.append)
    desk.until_idle()
    candidate = seen[0].candidates[1]
    desk.session.choose(candidate, seen[0])
    assert desk.session.steps[-1].id == candidate.id
    assert desk.session.steps[-1].rank == 2
    assert desk.shown == "the time" + candidate.text.decode()


def test_stop_keeps_what_was_written(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 480)
    for _ in range(10):  # on a busy machine the model can be at its end before Stop is heard
        desk.type("the time")
        desk.session.caret = 8
        desk.session.continue_text()
        desk.deliver.until(lambda: len(desk.session.steps) > 12)
        desk.session.stop()
        desk.until_idle()
        assert len(desk.session.steps) > 12
        reasons = list(desk.session.board.endings.values())
        if reasons == ["stopped"]:
            break
        desk.session.open(None)
    assert reasons == ["stopped"]
    assert not desk.failures


def test_a_text_longer_than_the_context_is_cut_and_both_numbers_are_said(desk: Desk) -> None:
    said: list[tuple[Lint, ...]] = []
    desk.session.remarked.connect(said.append)
    desk.type("the time of day " * 600)
    text = desk.shown
    written = desk.go_on()
    assert written
    assert desk.shown == text + written
    (cut,) = {lint for lints in said for lint in lints if lint.kind == "cut"}
    used, total, _ = cut.numbers
    assert used < 512 < total


def test_why_the_model_ended_is_said_beside_what_may_be_wrong(desk: Desk) -> None:
    said: list[tuple[Lint, ...]] = []
    desk.session.remarked.connect(said.append)
    desk.type("the time ")
    desk.go_on()
    assert [lint.kind for lint in said[-1]] == ["trailing_space", "limit"]
    assert said[-1][1].numbers == (8, 512)
    desk.settings.set("sampling.max_tokens", 2_048)
    desk.go_on()
    assert said[-1][-1].kind == "context_full"
    desk.settings.set("sampling.stop_texts", " ")
    desk.go_on(8)
    assert [lint.kind for lint in said[-1]] == ["stop_text"]


def test_a_model_that_ends_the_text_at_once_says_so(tmp_path: Path) -> None:
    for desk in desk_on(tmp_path, models.make("llama", tmp_path, end_logit=30.0)):
        said: list[tuple[Lint, ...]] = []
        desk.session.remarked.connect(said.append)
        desk.type("the time")
        assert desk.go_on() == ""
        assert [lint.kind for lint in said[-1]] == ["nothing"]


def test_opened_again_a_document_has_its_text_its_tokens_and_its_settings(desk: Desk) -> None:
    desk.type("the time")
    desk.go_on()
    desk.type(" and so on")
    desk.session.change_sampling(temperature=0.5)
    stored = desk.kept()
    assert [message.role for message in stored.messages] == ["user", "assistant", "user"]
    text, steps = desk.shown, list(desk.session.steps)
    desk.session.open(None)
    assert desk.shown == ""
    desk.session.open(stored.id)
    desk.deliver.until(lambda: desk.shown)
    assert desk.shown == text
    assert [step.id for step in desk.session.steps] == [step.id for step in steps]
    assert [step.rank for step in desk.session.steps] == [step.rank for step in steps]
    assert desk.session.sampling.temperature == 0.5
    assert desk.kept().messages == stored.messages, "nothing is written that did not change"


def test_the_end_of_the_engine_leaves_text_and_numbers(tmp_path: Path) -> None:
    # a text that takes seconds, so that its end is far when the process dies
    for desk in desk_on(tmp_path, models.make("llama", tmp_path, n_ctx=4096, endless=True)):
        desk.settings.set("sampling.max_tokens", 4_000)
        desk.type("the time")
        desk.session.caret = 8
        desk.session.continue_text()
        kill_while_it_writes(desk)
        assert len(desk.failures) == 1
        assert len(desk.session.steps) > 12
        assert all(step.candidates for step in desk.session.steps)
        assert desk.kept().messages[-1].text == desk.shown[8:]


def kill_while_it_writes(desk: Desk) -> None:
    """End the engine's process and wait until the next one is ready."""
    desk.deliver.until(lambda: len(desk.session.steps) > 12)
    assert desk.engine.pid is not None
    os.kill(desk.engine.pid, signal.SIGKILL)
    desk.until_idle()
    desk.deliver.until(lambda: desk.engine.status.state == "ready")


def test_a_gap_is_filled_by_a_model_that_has_the_tokens_for_it(tmp_path: Path) -> None:
    controls = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
    path = models.make("qwen2", tmp_path, n_ctx=512, endless=True, control_tokens=controls, file_name="fim.gguf")
    for desk in desk_on(tmp_path, path):
        assert desk.session.can_fill
        desk.type("the time of night")
        desk.session.caret = 8
        desk.session.fill_in()
        desk.until_idle()
        assert not desk.failures
        assert desk.shown.startswith("the time")
        assert desk.shown.endswith(" of night")
        assert len(desk.shown) > len("the time of night")
        written = desk.session.written
        assert any(written.by_model(token) for token in written.tokens_in(8, 9))


def test_going_on_in_the_middle_keeps_what_follows_through_the_death_of_the_program(desk: Desk) -> None:
    desk.type("the time and the night")
    written = desk.go_on(at=8)
    assert desk.shown == "the time" + written + " and the night"
    behind = desk.session.written.tokens_in(8 + len(written), len(desk.shown))
    assert all(desk.session.written.is_stale(token) for token in behind)
    stored = desk.kept()
    path = {message.id: message for message in stored.messages}
    text, at = "", stored.head
    while at is not None:
        text, at = path[at].text + text, path[at].parent
    assert text == desk.shown


def test_back_off_takes_one_token_away_by_its_id(desk: Desk) -> None:
    desk.type("the time of da")
    desk.go_on()
    desk.session.undo()
    sent = desk.session.sent
    assert sent is not None
    ids, last = sent.ids, sent.tokens[-1]
    desk.session.caret = len(desk.shown)
    desk.session.back_off()
    desk.until_idle()
    assert desk.session.sent is not None
    assert desk.session.sent.ids == ids[:-1]
    assert desk.shown.startswith("the time of da"[: -len(last.text)])


def test_back_off_takes_what_was_written_behind_the_token_along_and_keeps_it_as_a_version(desk: Desk) -> None:
    desk.type("the time of da")
    desk.type(" and night")
    written = desk.go_on(14)
    sent = desk.session.sent
    assert sent is not None
    ids, last = sent.ids, sent.tokens[-1].text.decode()
    first = desk.kept()
    desk.session.back_off()
    desk.until_idle()
    assert desk.session.sent is not None
    assert desk.session.sent.ids == ids[:-1]
    assert desk.shown.startswith("the time of da".removesuffix(last))
    assert desk.shown.endswith(" and night")
    again = desk.kept()
    assert written in {message.text for message in first.messages} & {message.text for message in again.messages}
    desk.session.undo()
    desk.session.undo()
    assert desk.shown == f"the time of da{written} and night"


def test_a_half_character_becomes_whole_when_the_model_goes_on(desk: Desk) -> None:
    session = desk.session
    smile = "\U0001f600".encode()
    first, second = (TokenStep(300 + n, part, -1.0, 1, 1.0, -1.0, 1) for n, part in enumerate((smile[:2], smile[2:])))
    session.put_steps([first], 0)
    assert desk.shown == "\ufffd"
    session.put_steps([second], 1)
    assert desk.shown == session.written.text == "\U0001f600"
    assert [step.id for step in session.steps] == [300, 301]
    session.undo()
    assert desk.shown == "\ufffd"


def test_another_model_gets_the_text_and_not_the_ids_of_the_first(own_desk: Desk, tmp_path: Path) -> None:
    desk = own_desk
    desk.type("the time")
    desk.go_on()
    text = desk.shown
    desk.engine.use(str(models.make("gpt2", tmp_path, n_ctx=512, endless=True)))
    desk.deliver.until(lambda: desk.engine.status.model is not None and "gpt2" in desk.engine.status.model.path)
    desk.deliver.until(lambda: desk.engine.status.state == "ready")
    session = desk.session
    assert desk.shown == text
    assert all(map(session.board.is_foreign, range(len(session.steps))))
    assert session.totals() is None
    assert session.ids_before() is None
    assert session.board.parts(0, len(text)) == (text,)
    desk.go_on()
    assert not any(map(session.board.is_foreign, range(len(session.steps))))
    assert session.written.by_model(session.written.tokens_in(9, 10)[0]), "what a model wrote stays marked"


def test_a_document_that_was_deleted_for_good_meanwhile_is_kept_anew(desk: Desk) -> None:
    desk.type("the time")
    first = desk.kept().id
    desk.history.run(lambda conversations: conversations.delete(first))
    desk.history.run(lambda conversations: [conversations.trash.empty_some() for _ in range(9)])
    desk.type(" of day")
    stored = desk.kept()
    assert not desk.failures
    assert [message.text for message in stored.messages] == ["the time of day"]


def test_what_is_kept_is_there_after_the_next_start(desk: Desk) -> None:
    desk.type("the time")
    desk.go_on()
    desk.type(" said\0 \u05e9\u05dc")
    document = desk.kept().id
    text = desk.shown
    desk.session.close()
    desk.begin()
    desk.session.open(document)
    desk.deliver.until(lambda: desk.shown)
    assert desk.shown == text
