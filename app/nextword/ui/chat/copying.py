"""What one message or several give to the clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from nextword.chat.markup import copying
from nextword.chat.markup.document import MarkupDocument

Form: TypeAlias = Literal["markdown", "text", "rich"]

_MOST_RICH = 200  # messages; of more, rich text would keep the window busy for seconds


@dataclass(frozen=True, slots=True)
class Spoken:
    """A part of a message and who says it. raw: shown as it was written."""

    who: str
    text: str
    part: tuple[int, int]
    raw: bool


def copy_part(document: MarkupDocument, part: tuple[int, int], form: Form) -> None:
    """Put a part of a message on the clipboard; rich text comes with plain text for programs that want it."""
    data = QMimeData()
    match form:
        case "markdown":
            data.setText(copying.as_markdown(document, part))
        case "text":
            data.setText(copying.as_text(document, part))
        case "rich":
            data.setText(copying.as_text(document, part))
            data.setHtml(copying.as_html(document, part))
    QGuiApplication.clipboard().setMimeData(data)


def copy_messages(spoken: Sequence[Spoken], form: Form) -> None:
    """Put parts of several messages on the clipboard, each with who says it; rich text comes with Markdown."""
    rich = form == "rich" and len(spoken) <= _MOST_RICH
    plain, pieces = [], []
    for each in spoken:
        document = MarkupDocument(raw=each.raw)
        document.update(each.text)
        part = each.part[0], min(each.part[1], len(document.source))
        if form == "text":
            plain.append(f"{each.who}: {copying.as_text(document, part)}")
        else:
            plain.append(f"**{each.who}:**\n\n{copying.as_markdown(document, part)}")
        if rich:
            pieces.append(f"<p><strong>{escape(each.who)}:</strong></p>{copying.as_html(document, part)}")
    data = QMimeData()
    data.setText("\n\n".join(plain))
    if rich:
        data.setHtml("".join(pieces))
    QGuiApplication.clipboard().setMimeData(data)
