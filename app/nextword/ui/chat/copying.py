"""What a message gives to the clipboard."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from nextword.chat.markup import copying
from nextword.chat.markup.document import MarkupDocument

Form: TypeAlias = Literal["markdown", "text", "rich"]


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
