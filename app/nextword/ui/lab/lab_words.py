"""How the lab writes its own things: names of labels, forms, score rules and calibrations, with their formulas."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.engine.protocol import Kind, ModelInfo
from nextword.lab import calibration, scores
from nextword.lab.calibration import Calibration
from nextword.lab.scores import ScoreRule
from nextword.lab.shakes import Shake
from nextword.lab.task import BETWEEN_ANSWERS, Form
from nextword.ui.explanation import short


def one_line(text: str) -> str:
    """Return a text for one line: line breaks and runs of blanks are one blank."""
    return " ".join(text.split()) or _tr("(empty)")


def label_name(name: str | None) -> str:
    """Return how a label or a right answer is called on screen."""
    if name is None:
        return _tr("no label")
    if not name.strip():
        return _tr("(empty)")
    return short(_tr(" or ").join(name.split(BETWEEN_ANSWERS)), 60)


def set_name(name: str) -> str:
    """Return how a set is called on screen."""
    known = {
        "sentiment": _tr("Sentiment"),
        "topic": _tr("Topics"),
        "antonyms": _tr("Opposites"),
        "plurals": _tr("Plurals"),
        "foobar": _tr("Made-up labels"),
    }
    return known.get(name, name)


def rule_name(rule: ScoreRule) -> str:
    """Return the name of a score rule."""
    return {
        "sum": _tr("sum"),
        "per_token": _tr("per token"),
        "per_char": _tr("per character"),
        "per_byte": _tr("per byte"),
        "pmi": _tr("PMI"),
        "ncc": _tr("NCC"),
    }[rule]


def rule_meaning(rule: ScoreRule) -> str:
    """Return what a score rule is for, with its formula."""
    what = {
        "sum": _tr("The log-probability of the whole word. Right where every word is one token."),
        "per_token": _tr("The mean over the word's tokens. Favours words whose end is predictable."),
        "per_char": _tr("The mean over the word's characters; lm-eval calls it acc_norm."),
        "per_byte": _tr("The mean over the word's UTF-8 bytes; lm-eval calls it acc_bytes."),
        "pmi": _tr("How much the input makes the word more likely than no input does."),
        "ncc": _tr("The mean over the word's tokens, less the same for inputs that say nothing."),
    }[rule]
    return f"{what}\n{scores.FORMULAS[rule]}"


def calibration_name(kind: Calibration) -> str:
    """Return the name of a calibration."""
    return {
        "none": _tr("off"),
        "contextual": _tr("contextual"),
        "domain": _tr("domain"),
        "batch": _tr("batch"),
    }[kind]


def calibration_meaning(kind: Calibration) -> str:
    """Return what a calibration does, with its formula."""
    what = {
        "none": _tr("The scores as they are."),
        "contextual": _tr("Divides by what the prompt says for “N/A”, an empty input and “[MASK]” (Zhao et al. 2021)."),
        "domain": _tr("Divides by what it says for random words of the examples (Fei et al. 2023)."),
        "batch": _tr("Divides by the mean over a batch of inputs, which should be balanced (Zhou et al. 2023)."),
    }[kind]
    return f"{what}\n{calibration.FORMULAS[kind]}"


def form_name(form: Form) -> str:
    """Return the name of a form of prompts."""
    return {"text": _tr("plain text"), "turns": _tr("chat turns"), "one_turn": _tr("one chat turn")}[form]


def form_meaning(form: Form) -> str:
    """Return what a form does."""
    return {
        "text": _tr("One text that the model goes on with: what base models were trained for."),
        "turns": _tr("Each example is a question of the user and an answer of the assistant, in the chat template."),
        "one_turn": _tr("All examples and the input stand in one message of the user, in the chat template."),
    }[form]


def form_reason(form: Form, model: ModelInfo | None) -> str:
    """Return why a form is used where it follows the model."""
    if model is None:
        return _tr("Chosen when a model is loaded.")
    if model.kind == "base":
        return _tr("{model} is a base model: it goes on with text.").format(model=short(model.name, 40))
    if form == "text":
        return _tr("{model} is an instruct model, but plain text was chosen.").format(model=short(model.name, 40))
    return _tr("{model} is an instruct model: it answers messages.").format(model=short(model.name, 40))


def wording_note(kind: Kind | None) -> str:
    """Return whose wording of a task is changed, where base and instruct models have one each."""
    if kind == "instruct":
        return _tr("What is written here is for instruct models; base models keep a wording of their own.")
    return _tr("What is written here is for base models; instruct models keep a wording of their own.")


def shots(count: int) -> str:
    """Return the name of a condition with so many examples."""
    return _tr("Zero-shot") if count == 0 else _tr("{count}-shot").format(count=count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("lab", text)


def shake_name(shake: Shake) -> str:
    """Return the name of a ready experiment."""
    return {
        "random_labels": _tr("Random labels"),
        "flipped_labels": _tr("Flipped labels"),
        "made_up_labels": _tr("Made-up labels"),
        "orders": _tr("All orders of 4"),
        "formats": _tr("Other formats"),
    }[shake]


def shake_meaning(shake: Shake) -> str:
    """Return the question that a ready experiment asks."""
    return {
        "random_labels": _tr("The examples show any labels. Does the model need the right ones (Min et al. 2022)?"),
        "flipped_labels": _tr("Each example shows a wrong label. Does the model follow the examples or what it knows?"),
        "made_up_labels": _tr(
            "Foo and bar instead of the label words. Does it learn the task from the examples alone?"
        ),
        "orders": _tr("The same four examples in each of their 24 orders (Lu et al. 2021)."),
        "formats": _tr("The same examples in other templates (Sclar et al. 2023)."),
    }[shake]
