"""Which run a copied program makes again, and what of the text it had as its prompt."""

from __future__ import annotations

from pathlib import Path

from nextword.write.python_snippet_run import run_of
from nextword.write.runs import is_drawn, is_filled, run_begins
from tests import models
from tests.write.documents import Desk, desk_on


def test_a_run_begins_where_the_model_was_asked(desk: Desk) -> None:
    session = desk.session
    desk.type("the time")
    desk.go_on()
    first = next(token for token in range(len(session.steps)) if is_drawn(session, token))
    count = len(session.steps)
    session.change_sampling(temperature=1.5)
    desk.go_on()
    assert run_begins(session, first + 3) == first
    assert run_begins(session, count + 2) == count, "another run, with other settings"
    assert run_begins(session, 0) == 0
    assert run_begins(session, None) == len(session.steps)


def test_a_run_behind_a_text_that_was_cut_has_what_was_sent_as_its_prompt(desk: Desk) -> None:
    session = desk.session
    desk.type("the time of day " * 200)
    desk.go_on()
    assert session.sent is not None
    sent = session.sent.ids
    session.score()
    desk.until_idle()
    run = run_of(session)
    assert run is not None
    assert run.prompt == sent
    assert len(run.prompt) + len(run.written) <= run.context_tokens
    desk.type(" and")
    session.score()
    desk.until_idle()
    session.pin(len(session.steps) - 1)
    new = run_of(session)
    assert new is not None
    assert new.written == ()
    assert len(new.prompt) + new.tokens < new.context_tokens


def test_what_was_filled_in_is_no_run_to_be_copied(tmp_path: Path) -> None:
    controls = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
    path = models.make("qwen2", tmp_path, n_ctx=512, endless=True, control_tokens=controls, file_name="fim.gguf")
    for desk in desk_on(tmp_path, path):
        session = desk.session
        desk.type("the time of day")
        session.score()
        desk.until_idle()
        session.caret = 8
        session.fill_in()
        desk.until_idle()
        filled = next(token for token in range(len(session.steps)) if is_drawn(session, token))
        assert is_filled(session, filled)
        assert not is_filled(session, 0)
        assert not is_filled(session, None)
        session.score()
        desk.until_idle()
        run = run_of(session)
        assert run is not None
        assert run.written == ()
