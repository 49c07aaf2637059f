"""What can be tried in an empty chat: the prompts, and what each of them shows; no widget here."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True, slots=True)
class Try:
    """A button: its words, the prompt it sends, whether it turns the tint on first. in_lab: it leads to the lab."""

    label: str
    prompt: str = ""
    tints: bool = False
    in_lab: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to try: what it is, what it shows, one button or two."""

    title: str
    text: str
    tries: tuple[Try, ...]


_ZERO_SHOT = "Is this review positive or negative?\nThe soup was cold and bland."
_FEW_SHOT = (
    "Input: The bread was fresh and warm.\nOutput: positive\n"
    "Input: The waiter was rude to us.\nOutput: negative\n"
    "Input: A lovely evening with good music.\nOutput: positive\n"
    "Input: The soup was cold and bland.\nOutput:"
)


def steps_for(kind: str) -> tuple[Step, ...]:
    """Return three things to try with a model of this kind, "instruct" or "base"."""
    if kind == "base":
        return (
            Step(
                _tr("A continuation"),
                _tr("A base model goes on with any text, in the way such texts usually go on."),
                (Try(_tr("Once upon a time"), "Once upon a time"),),
            ),
            _probability("The opposite of hot is"),
            _shots(_tr("It was never taught to answer. Examples in the prompt show it what to do.")),
        )
    return (
        Step(
            _tr("An answer"),
            _tr("Ask something. The answer is made here, on this machine, word by word."),
            (Try(_tr("What is a token?"), "What is a token?"),),
        ),
        _probability("What is a language model?"),
        _shots(_tr("The same task asked plainly, and after three examples: does its certainty change?")),
    )


def _probability(prompt: str) -> Step:
    return Step(
        _tr("A probability"),
        _tr("Ask, then press Ctrl+T and click a word: how likely was it, and what else could have stood there?"),
        (Try(_tr("Ask and tint"), prompt, tints=True),),
    )


def _shots(text: str) -> Step:
    return Step(
        _tr("Zero-shot and few-shot"),
        text,
        (
            Try(_tr("Zero-shot"), _ZERO_SHOT, tints=True),
            Try(_tr("With 3 examples"), _FEW_SHOT, tints=True),
            Try(_tr("In the lab"), in_lab=True),
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("first_steps", text)
