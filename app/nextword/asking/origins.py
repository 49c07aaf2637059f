"""What made a text and how it ended, as the history keeps it; and a token as if another had been chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import nextword
from nextword.engine.client import EngineStatus
from nextword.engine.protocol import Distribution, Finished
from nextword.engine.tokens import Candidate, TokenStep
from nextword.history.records import Origin, Outcome, State


def origin_of(status: EngineStatus, sha256: str, values: Mapping[str, Any]) -> Origin:
    """Return what makes an answer now. values: what was asked of the engine; the settings may be others by now.
    sha256: of the model's file."""
    model = status.model
    return Origin(
        model_file=model.path if model else "",
        model_sha256=sha256,
        model_name=model.name if model else "",
        template_hash=model.template_hash if model else "",
        sampling={name: value for name, value in values.items() if name != "seed"},
        seed=values["seed"],
        app_version=nextword.__version__,
        engine_version=status.llama_version,
        engine_variant=status.variant,
    )


def outcome_of(event: Finished, state: State) -> Outcome:
    """Return how an answer ended that the engine has finished."""
    return Outcome(
        state=state,
        reason=event.reason,
        prompt_tokens=event.prompt_tokens,
        cached_tokens=event.cached_tokens,
        generated_tokens=event.generated_tokens,
        prompt_seconds=event.prompt_seconds,
        generation_seconds=event.generation_seconds,
    )


def chosen_of(seen: Distribution, candidate: Candidate) -> TokenStep:
    """Return a token that a person took from a distribution: no sampler had a say in it."""
    rank = 1 + sum(other.logprob > candidate.logprob for other in seen.candidates)
    return TokenStep(
        candidate.id, candidate.text, candidate.logprob, rank, seen.entropy_bits, candidate.logprob, 0, seen.candidates
    )


def choose_instead(step: TokenStep, candidate: Candidate) -> TokenStep:
    """Return `step` as if `candidate` had been chosen; what the sampler had cut has a sampled probability of 0."""
    rank = 1 + sum(other.logprob > candidate.logprob for other in step.candidates)
    sampled = float("-inf") if candidate.sampled_logprob is None else candidate.sampled_logprob
    return TokenStep(
        id=candidate.id,
        text=candidate.text,
        logprob=candidate.logprob,
        rank=rank,
        entropy_bits=step.entropy_bits,
        sampled_logprob=sampled,
        kept=step.kept,
        candidates=step.candidates,
        special=candidate.special,
    )
