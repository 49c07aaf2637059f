"""What to mind about a task and its prompt, in words: what it is, why it matters and what to do."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QCoreApplication

from nextword.lab.builder import Builder
from nextword.lab.lints import Lint, LintKind, lints
from nextword.ui.explanation import short
from nextword.ui.lab.lab_words import label_name


class Note(Struct, frozen=True):
    """title: what it is, without a full stop. advice: why it matters, what to do. is_warning: numbers can mislead."""

    title: str
    advice: str
    is_warning: bool = True


def notes_of(builder: Builder) -> list[Note]:
    """Return what to mind about what lies on the desk, warnings first."""
    found: list[Note] = []
    count = len(builder.leaking)
    if count:
        title = (
            _tr("1 example is in the test set too") if count == 1 else _tr("{count} examples are in the test set too")
        )
        advice = _tr("Scores would be too good. Untick it; a draw never takes such examples.")
        found.append(Note(title.format(count=count), advice))
    looked = builder.looked
    words = looked.few.shown.words if looked is not None and builder.is_known else ()
    if looked is not None and builder.task.kind == "answers":
        words = ()  # the one label is the right answer: nothing can be changed about it
    kind = builder.model.kind if builder.model is not None else None
    every = lints(builder.task, builder.ticked, builder.shown.text, words=words, model_kind=kind)
    return found + [note_of(lint) for lint in every]


def note_of(lint: Lint) -> Note:
    """Return the words for one finding."""
    values = [f"“{short(label_name(value), 40)}”" for value in lint.values]
    listed = ", ".join(values)
    parts = (
        _about_labels(lint.kind) or _about_tokens(lint.kind) or _about_template(lint.kind) or _about_examples(lint.kind)
    )
    if parts is None:
        return Note(lint.kind, "", lint.is_warning)
    title, advice = parts
    first, second = (*values, "", "")[:2]
    return Note(
        title.format(first=first, second=second, all=listed, count=lint.count),
        advice.format(first=first, second=second, all=listed, count=lint.count),
        lint.is_warning,
    )


_Words = tuple[str, str] | None


def _pick(kind: LintKind, words: dict[LintKind, tuple[str, str]]) -> _Words:
    return words.get(kind)


def _about_labels(kind: LintKind) -> _Words:
    return _pick(
        kind,
        {
            "no_word": (
                _tr("The label {first} has no word"),
                _tr("It can never be predicted. Give it a word in the template."),
            ),
            "one_label": (
                _tr("There is one label alone, {first}"),
                _tr("It is always right. Add another one, or check the column of the data."),
            ),
            "same_word": (
                _tr("The word {first} stands for several labels"),
                _tr("Its probability is shared out. Take it away from all but one."),
            ),
            "blank_around": (
                _tr("A label word has blanks around it: {all}"),
                _tr("They are scored too. Put them into the template instead."),
            ),
            "alike_names": (
                _tr("The labels {first} and {second} differ in case or blanks alone"),
                _tr("Perhaps they are meant to be one: mend the data."),
            ),
        },
    )


def _about_tokens(kind: LintKind) -> _Words:
    return _pick(
        kind,
        {
            "same_tokens": (
                _tr("{first} and {second} are the same tokens for this model"),
                _tr("They cannot be told apart. Choose another word for one of them."),
            ),
            "begins_another": (
                _tr("The word {first} begins the word {second}"),
                _tr(
                    "What goes on to the longer one does not count for the shorter. Other words are easier to compare."
                ),
            ),
            "same_start": (
                _tr("{first} and {second} share their first token"),
                _tr("A score of the first token alone would be wrong here; all tokens are scored."),
            ),
            "several_tokens": (
                _tr("More than one token: {all}"),
                _tr("A plain sum favours short words, so NCC is usual. Words of one token are easier to compare."),
            ),
            "cut_token": (
                _tr("The border to the answer cuts a token: {all}"),
                _tr(
                    "The model saw this split rarely. Let the prompt end before the blank, and the word begin with it."
                ),
            ),
        },
    )


def _about_template(kind: LintKind) -> _Words:
    return _pick(
        kind,
        {
            "ends_with_space": (
                _tr("The prompt ends with a blank"),
                _tr("Most models have the blank at the beginning of the next token. Leave it out of the template."),
            ),
            "glued": (
                _tr("The answer follows {first} without a blank"),
                _tr("Put a blank before the label word, in the template."),
            ),
            "base_as_chat": (
                _tr("A base model is asked in chat turns"),
                _tr("It never learned them. Choose plain text as the form, or an instruct model."),
            ),
            "instruct_as_text": (
                _tr("An instruct model is asked in plain text"),
                _tr("It works, but the model was trained on chat turns: compare both."),
            ),
            "separator_inside": (
                _tr("A text holds the separator itself"),
                _tr("The model cannot see where it ends. Choose another separator."),
            ),
        },
    )


def _about_examples(kind: LintKind) -> _Words:
    return _pick(
        kind,
        {
            "no_gold": (
                _tr("{count} of the examples have no answer"),
                _tr("They show a question without one. Untick them, or write the answer."),
            ),
            "unknown_label": (
                _tr("An example has the label {first}, which the task does not have"),
                _tr("Its name is written as it is. Edit the example, or the labels of the task."),
            ),
            "repeated_example": (
                _tr("{count} of the examples come twice"),
                _tr("They count double. Untick one of each."),
            ),
            "asked_example": (
                _tr("The input is one of the examples"),
                _tr("The answer stands in the prompt. Untick that example, or choose another input."),
            ),
            "label_not_shown": (
                _tr("No example has the label {first}"),
                _tr("The model hardly chooses what it has not seen. Tick one, or draw again."),
            ),
            "unbalanced": (
                _tr("{first} has {count} examples more than {second}"),
                _tr("The label that is shown most is favoured. Draw again: a draw is balanced."),
            ),
            "last_label": (
                _tr("Last example is {first}"),
                _tr("Models favour the label that they saw last. Try other orders: Shuffle, or Shake, All orders."),
            ),
        },
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("lint_words", text)
