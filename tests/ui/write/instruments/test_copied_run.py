"""Which run is copied as Python: that of the pinned token, the last one, or the one that would be made now."""

from __future__ import annotations

import dataclasses

from nextword.write.python_snippet import snippet
from nextword.write.python_snippet_run import run_of
from tests.ui.write.instruments.conftest import TEXT, Instruments


def test_the_last_run_is_copied_with_its_own_settings_and_seed(instruments: Instruments) -> None:
    session = instruments.session
    session.set_sampling(dataclasses.replace(session.sampling, temperature=1.3))
    instruments.write(6)
    session.set_sampling(dataclasses.replace(session.sampling, temperature=0.4))
    run = run_of(session)
    assert run is not None
    assert (run.sampling.temperature, run.seed) == (1.3, 11)
    written = [step for place, step in enumerate(session.steps) if session.written.by_model(place)]
    assert run.written == tuple(step.id for step in written)
    assert (*run.prompt, *run.written) == session.ids_before(None)
    assert f"WRITTEN = {list(run.written)}" in snippet(run)


def test_the_run_of_the_pinned_token_is_copied(instruments: Instruments) -> None:
    session = instruments.session
    instruments.write(4)
    first = run_of(session)
    session.edit(len(session.written.text), len(session.written.text), " and you", caret_before=0)
    session.caret = len(session.written.text)
    session.continue_text(most_tokens=3)
    instruments.until(lambda: not session.busy)
    second = run_of(session)
    assert first is not None
    assert second is not None
    assert len(second.written) == 3
    assert second.prompt[: len(first.prompt) + 4] == (*first.prompt, *first.written)
    session.pin(len(first.prompt) + 1)
    assert run_of(session) == first


def test_without_a_run_it_is_the_one_that_would_be_made(instruments: Instruments) -> None:
    session = instruments.session
    session.edit(0, 0, TEXT, caret_before=0)
    assert run_of(session) is None
    session.score()
    instruments.until(lambda: not session.busy)
    run = run_of(session)
    assert run is not None
    assert run.written == ()
    assert run.prompt == session.ids_before(None)
    assert run.seed == 11
    assert "WRITTEN = []" in snippet(run)
