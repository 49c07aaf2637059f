"""Ready templates for tasks of any data: a name, and how inputs and answers are written."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.lab.task import Template


def presets() -> tuple[tuple[str, Template], ...]:
    """Return name and template of each; the instruction of the task stays what it is."""
    return (
        (_tr("Input / Output"), Template("io", input_prefix="Input: ", output_prefix="\nOutput:")),
        (_tr("Text / Label"), Template("label", input_prefix="Text: ", output_prefix="\nLabel:")),
        (_tr("Review / Sentiment"), Template("sentiment", input_prefix="Review: ", output_prefix="\nSentiment:")),
        (_tr("Question / Answer"), Template("qa", input_prefix="Question: ", output_prefix="\nAnswer:")),
        (_tr("Q / A"), Template("q_a", input_prefix="Q: ", output_prefix="\nA:")),
        (_tr("Arrow"), Template("arrow", output_prefix=" ->", separator="\n")),
        (_tr("Input alone (for chat turns)"), Template("bare")),
    )


BLANK = "␣"
"""How a blank at the edge of a text is written, where it could not be seen."""


def escaped(text: str) -> str:
    """Return a text for one line of a form: line breaks are written as \\n, tabs as \\t, blanks at its edges as ␣."""
    bare = text.strip(" ")
    left = len(text) - len(text.lstrip(" ")) if bare else len(text)
    right = len(text) - len(text.rstrip(" ")) if bare else 0
    inner = bare.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f"{BLANK * left}{inner}{BLANK * right}"


def unescaped(text: str) -> str:
    """Return what `escaped` was made of; a backslash before anything else stays one."""
    signs = {"n": "\n", "t": "\t", "\\": "\\"}
    parts: list[str] = []
    rest = iter(text.replace(BLANK, " "))
    for sign in rest:
        if sign != "\\":
            parts.append(sign)
            continue
        following = next(rest, "")
        parts.append(signs.get(following, "\\" + following))
    return "".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("task_presets", text)
