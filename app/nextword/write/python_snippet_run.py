"""Which run of a document a copied program makes again: that of the pinned token, or the last that the model wrote."""

from __future__ import annotations

import dataclasses
from typing import Any

import nextword
from nextword.settings import SamplingSettings
from nextword.write.asking_tokens import SENT_TOKENS
from nextword.write.python_snippet import Run
from nextword.write.runs import is_drawn, is_filled, run_begins, same_run
from nextword.write.session import WriteSession

_TOKENS = 32  # of a run that is still to be made


def run_of(session: WriteSession) -> Run | None:
    """Return the run, None while some of the text before it has no tokens or no model is loaded.

    Where the model wrote nothing yet it is the one that "Continue" would make now.
    """
    model = session.model
    if model is None:
        return None
    first, end = _drawn(session)
    prompt = session.ids_before(first if first < len(session.steps) else None)
    if not prompt:
        return None
    values: dict[str, Any] = {}
    seed = session.sampling.seed if session.sampling.seed >= 0 else session.engine.status.seed or 0
    if first < end:
        origin = session.board.origin_of(first)
        assert origin is not None
        values, seed = origin.sampling, origin.seed
        prompt = _as_sent(session, prompt, values.get(SENT_TOKENS))
    else:
        room = model.context_tokens - min(_TOKENS, session.sampling.max_tokens) - 1
        prompt = _as_sent(session, prompt, max(1, room))
    names = {field.name for field in dataclasses.fields(SamplingSettings)}
    sampling = dataclasses.replace(
        session.sampling, **{name: value for name, value in values.items() if name in names and name != "seed"}
    )
    return Run(
        model_path=model.path,
        model_name=model.name,
        prompt=prompt,
        sampling=sampling,
        seed=seed,
        written=tuple(step.id for step in session.steps[first:end]),
        tokens=min(_TOKENS, sampling.max_tokens),
        context_tokens=model.context_tokens,
        memory_type=model.memory_type,
        version=nextword.__version__,
    )


def _as_sent(session: WriteSession, prompt: tuple[int, ...], count: object) -> tuple[int, ...]:
    """Return of a prompt what was sent of it: its beginning token and the last ones, `count` in all."""
    if not isinstance(count, int) or not 0 < count < len(prompt):
        return prompt
    rules = session.model.tokens if session.model is not None else None
    lead = 1 if rules is not None and rules.adds_bos and prompt[:1] == (rules.bos,) else 0
    return prompt[:lead] + prompt[len(prompt) - count + lead :]


def _drawn(session: WriteSession) -> tuple[int, int]:
    """Return from where to where the model wrote without anything between; an empty range at the end for nothing."""
    count = len(session.steps)
    pinned = session.pinned
    end = count if pinned is None or pinned >= count else pinned + 1
    while end > 0 and (not is_drawn(session, end - 1) or is_filled(session, end - 1)):
        end -= 1
    if end == 0 or (pinned is not None and end <= pinned):
        return count, count
    first = run_begins(session, end - 1)
    while end < count and same_run(session, end - 1, end):
        end += 1
    return first, end
