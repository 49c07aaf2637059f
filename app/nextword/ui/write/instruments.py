"""The instruments of Write: the panes that look closer at a place or a text, and the program that makes a run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QWidget

from nextword.engine.client import Engine
from nextword.ui.services import Services
from nextword.write.tokens_vocabulary import VocabularyReader

if TYPE_CHECKING:
    from nextword.ui.write.page import WritePage

_NOTICE = "copy_as_python"


def add_instruments(page: WritePage, services: Services) -> None:
    """Add X-ray, tree and tokens to the panes of the page, and "Copy as Python" to its menu."""
    session = page.session
    vocabulary = VocabularyReader(services.engine)

    def xray(parent: QWidget) -> QWidget:
        from nextword.ui.write.xray_pane import XrayPane  # it brings NumPy

        return XrayPane(session, vocabulary, parent)

    def tree(parent: QWidget) -> QWidget:
        from nextword.ui.write.token_tree_pane import TokenTreePane

        return TokenTreePane(session, vocabulary, parent)

    def tokens(parent: QWidget) -> QWidget:
        from nextword.ui.write.tokens_pane import TokensPane

        def make_engine() -> Engine:
            return Engine(services.deliver, cache=services.profile.cache)

        return TokensPane(session, vocabulary, services.library, make_engine=make_engine, parent=parent)

    page.add_pane("xray", _tr("X-ray"), keys="Ctrl+Shift+X", build=xray)
    page.add_pane("tree", _tr("Tree"), keys="Ctrl+Shift+T", build=tree)
    page.add_pane("tokens", _tr("Tokens"), keys="Ctrl+Shift+K", build=tokens)
    copy = QAction(_tr("Copy as Python"), page)
    page.more.insertAction(page.top.after_panes, copy)
    copy.setToolTip(_tr("A program that makes the last run again with llama-cpp-python"))
    copy.triggered.connect(lambda: copy_as_python(page, services))


def copy_as_python(page: WritePage, services: Services) -> None:
    """Put the program on the clipboard that makes the run again; say so, or why there is none."""
    from nextword.ui.notices import Notice
    from nextword.write.python_snippet import snippet
    from nextword.write.python_snippet_run import run_of
    from nextword.write.runs import is_filled

    if is_filled(page.session, page.session.pinned):
        words = _tr("This token was filled in: what stood behind it was in the prompt. Such a run cannot be copied.")
        services.notices.add(Notice(text=words, key=_NOTICE))
        return
    run = run_of(page.session)
    if run is None:
        words = _tr("There is no run to copy yet. Score the text first: then its exact tokens are known.")
        services.notices.add(Notice(text=words, key=_NOTICE))
        return
    QGuiApplication.clipboard().setText(snippet(run))
    words = _tr("The program on the clipboard continues the text as it would be continued now.")
    if run.written:
        words = _tr("The program on the clipboard makes the {count} tokens again that the model wrote.")
    services.notices.add(Notice(text=words.format(count=len(run.written)), key=_NOTICE))


def _tr(text: str) -> str:
    return QCoreApplication.translate("write_instruments", text)
