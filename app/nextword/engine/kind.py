"""Was a model trained to answer, or only to continue text? Judged by what its file says about itself, with reasons.

The strongest evidence decides, the rest is told with it:

1. general.finetune, general.name and general.basename, then the name of the file: words like "Instruct" or "Base".
   Where one text has both ("Llama-3-Base-8B-SFT"), the model was made from a base model and is none any more.
2. general.tags, and the name of a model that this one was made from: a base model with a new template was taught to
   chat, and what was made of an instruct model is one.
3. The end of a turn, for Qwen: its base models bring a chat template as well, but their files name the end of a text as
   their end, where the instruct models name the end of a turn.
4. The chat template: a file has one, or it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nextword.engine.header import Header
from nextword.engine.replies import Kind

_INSTRUCT_WORDS: Final = frozenset(
    {"instruct", "instructed", "instruction", "instructions", "inst", "chat", "chatbot", "assistant"}
    | {"sft", "dpo", "orpo", "kto", "ppo", "grpo", "simpo", "rlhf", "rlvr"}
    | {"think", "thinking", "reasoner", "reasoning"}
)
_BASE_WORDS: Final = frozenset({"base", "pretrained", "pretrain", "pretraining", "foundation"})
_INSTRUCT_TAGS: Final = _INSTRUCT_WORDS | {"conversational", "instruction-tuned", "instruct-tuned", "chat-model"}
_BASE_TAGS: Final = _BASE_WORDS | {"base-model", "foundation-model"}
_SIZE: Final = re.compile(r"[ea]?\d+(x\d+)?[bm]", re.IGNORECASE)
_QUOTED_CHARACTERS: Final = 60
_TURN_END: Final = "<|im_end|>"


@dataclass(frozen=True, slots=True)
class Judgement:
    """reasons: what speaks for the kind, strongest first; against: what speaks for the other one.

    Each is "metadata: KEY = VALUE", "name: WORD", "file: WORD", "turn_end: TOKEN", "template" or "no_template".
    """

    kind: Kind
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Evidence:
    kind: Kind
    reason: str


def judge_kind(header: Header) -> Judgement:
    """Return the kind of a model, going by its header alone."""
    evidence = list(_all_evidence(header))
    kind = evidence[0].kind
    return Judgement(
        kind,
        tuple(item.reason for item in evidence if item.kind == kind),
        tuple(item.reason for item in evidence if item.kind != kind),
    )


def _all_evidence(header: Header) -> Iterator[_Evidence]:
    """Yield what speaks for either kind, strongest first; the last is always there."""
    gemma = "gemma" in header.architecture
    for key, text in (
        ("general.finetune", header.text("general.finetune")),
        ("name", header.text("general.name")),
        ("general.basename", header.text("general.basename")),
        ("file", header.path.stem),
    ):
        if text and (found := _in_words(text, gemma=gemma, short=key == "general.finetune")):
            kind, word = found
            yield _Evidence(kind, f"{key}: {word}" if key in ("name", "file") else _quoted(key, text))
    yield from _tags(header.texts("general.tags"))
    yield from _origins(header)
    if header.chat_template is None:
        yield _Evidence("base", "no_template")
        return
    if _ends_no_turns(header, header.chat_template):
        yield _Evidence("base", f"turn_end: {_TURN_END}")
    yield _Evidence("instruct", "template")


def _in_words(text: str, *, gemma: bool, short: bool) -> tuple[Kind, str] | None:
    """Return the kind that a name tells and the word that tells it, as it is written there.

    short: whether "it" counts wherever it stands; in a name it does after a size ("2b-it"). "pt" is Gemma's word for
    base models; elsewhere it is Portuguese or PyTorch.
    """
    words = [word for word in re.split(r"[^0-9A-Za-z]+", text) if word]
    base = ""
    sized = short
    for word in words:
        low = word.lower()
        if low in _INSTRUCT_WORDS or (low == "it" and sized):
            return "instruct", word
        if low in _BASE_WORDS or (low == "pt" and sized and gemma):
            base = base or word
        sized = sized or _SIZE.fullmatch(word) is not None
    return ("base", base) if base else None


def _tags(tags: Iterable[str]) -> Iterator[_Evidence]:
    lower = [tag.lower() for tag in tags]
    for kind, known in (("instruct", _INSTRUCT_TAGS), ("base", _BASE_TAGS)):
        if tag := next((tag for tag in lower if tag in known), None):
            yield _Evidence("instruct" if kind == "instruct" else "base", _quoted("general.tags", tag))


def _origins(header: Header) -> Iterator[_Evidence]:
    """Yield what the models say that this one was made from; quantized copies name themselves, which says nothing."""
    for index in range(min(header.number("general.base_model.count") or 0, 8)):
        key = f"general.base_model.{index}.name"
        name = header.text(key)
        if not name or _plain(name) == _plain(header.name):
            continue
        found = _in_words(name, gemma="gemma" in header.architecture, short=False)
        if found and (found[0] == "instruct" or header.chat_template):
            yield _Evidence("instruct", _quoted(key, name))


def _ends_no_turns(header: Header, template: str) -> bool:
    """Whether the template ends turns with a token that the file does not name as the model's end."""
    turn_end = header.special_tokens.get(_TURN_END)
    return (
        header.architecture.startswith("qwen")
        and turn_end is not None
        and header.eos_id not in (None, turn_end)
        and _TURN_END in template
        and "eos_token" not in template
    )


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "", name.lower())


def _quoted(key: str, value: str) -> str:
    return f"metadata: {key} = {value[:_QUOTED_CHARACTERS]}"
