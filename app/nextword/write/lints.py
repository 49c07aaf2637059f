"""What may be wrong with a prompt: seldom an error, often the reason for strange continuations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.engine.protocol import ModelInfo, PromptToken
from nextword.engine.tokens import Candidate, TokenStep
from nextword.write.asking_tokens import Sent
from nextword.write.board import Board

Kind: TypeAlias = Literal[
    "double_bos",
    "missing_bos",
    "trailing_space",
    "inside_token",
    "template_on_base",
    "no_template",
    "cut",
    "nothing",
    "limit",
    "context_full",
    "stop_text",
    "time",
    "loop",
]
"""What is to be said of a prompt; the last six of how the model ended: at once, or for a reason of Finished."""

_TEMPLATE_SIGNS = (
    "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|eot_id|>", "[INST]", "[/INST]", "<start_of_turn>",
    "<end_of_turn>", "<|user|>", "<|assistant|>", "<|system|>", "### Instruction:", "<<SYS>>",
)  # fmt: skip

ENDINGS: tuple[Kind, ...] = ("nothing", "limit", "context_full", "stop_text", "time", "loop")
"""How the model ended: nothing that is wrong."""


class Lint(Struct, frozen=True):
    """One remark. text: what it is about; shares: probabilities that go with it, 0 to 1; numbers: counts."""

    kind: Kind
    text: str = ""
    shares: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()


def lints_of(text: str, tokens: Sequence[PromptToken], model: ModelInfo | None) -> list[Lint]:
    """Return what is to be said of a prompt. text: what stands before the caret; tokens: what is sent for it."""
    if model is None:
        return []
    found: list[Lint] = []
    bos = model.tokens.bos
    if bos is not None and len(tokens) > 1 and tokens[0].id == tokens[1].id == bos:
        found.append(Lint("double_bos", tokens[0].text.decode("utf-8", "replace")))
    elif bos is not None and model.tokens.adds_bos and tokens and tokens[0].id != bos:
        found.append(Lint("missing_bos"))
    if text.endswith((" ", "\t")) and text.strip():
        found.append(Lint("trailing_space"))
    signs = [sign for sign in _TEMPLATE_SIGNS if sign in text]
    if model.kind == "base" and signs:
        found.append(Lint("template_on_base", signs[0]))
    elif model.kind == "instruct" and text.strip() and not signs:
        found.append(Lint("no_template"))
    return found


def lints_at(
    board: Board, sent: Sent | None, model: ModelInfo | None, *, place: int, told: set[str]
) -> tuple[Lint, ...]:
    """Return what is to be said of the prompt before a place. told: models of which it was said that they want a
    template; once is enough."""
    if sent is None:
        return ()
    token = len(sent.tokens) - sent.lead - 1
    steps = board.written.steps
    found = lints_of(board.written.text[:place], sent.tokens, model)
    found = [lint for lint in found if lint.kind != "no_template" or board.model_path not in told]
    told |= {board.model_path for lint in found if lint.kind == "no_template"}
    lint = inside_token(steps[token] if 0 <= token < len(steps) else None)
    return tuple(found if lint is None else [*found, lint])


def lints_of_end(reason: str, written: int, model: ModelInfo | None) -> tuple[Lint, ...]:
    """Return what is to be said of how the model ended. written: tokens; nothing is said of a text that it ended."""
    if reason == "end" and not written:
        return (Lint("nothing"),)
    context = model.context_tokens if model is not None else 0
    for kind in ENDINGS:
        if kind == reason:
            return (Lint(kind, numbers=(written, context)),)
    return ()


def inside_token(step: TokenStep | None) -> Lint | None:
    """Say whether a text seems to stop inside a token: where its last token stands, the model held longer tokens that
    begin with it, together, for likelier than it. The candidates of a step are all that is looked at."""
    if step is None or not step.candidates or not step.text.strip():
        return None
    longer = [other for other in step.candidates if _is_longer(other, step)]
    mass = sum(other.probability for other in longer)
    if not longer or mass <= step.probability:
        return None
    best = max(longer, key=lambda other: other.logprob)
    return Lint("inside_token", best.text.decode("utf-8", "replace"), (step.probability, mass))


def _is_longer(other: Candidate, step: TokenStep) -> bool:
    return len(other.text) > len(step.text) and other.text.startswith(step.text) and not other.special
