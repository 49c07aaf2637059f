"""The panes at the right of a document, each built when it is first shown; a new one is a line here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from nextword.ui.write.page import WritePage


def add_panes(page: WritePage) -> None:
    """Let the page know its panes: name, title, key, what builds it."""
    page.add_pane("next", _tr("One token at a time"), keys="", build=partial(_next, page))
    page.add_pane("settings", _tr("Settings of this document"), keys="Ctrl+Shift+S", build=partial(_settings, page))
    page.add_pane("compare", _tr("Compare"), keys="Ctrl+Shift+C", build=partial(_compare, page))
    page.add_pane("versions", _tr("Versions"), keys="Ctrl+Shift+B", build=partial(_versions, page))
    page.add_pane("sent", _tr("What the model gets"), keys="Ctrl+Shift+P", build=partial(_sent, page))


def _next(page: WritePage, parent: QWidget) -> QWidget:
    from nextword.ui.write.next_token import NextToken

    return NextToken(page.session, parent)


def _settings(page: WritePage, parent: QWidget) -> QWidget:
    from nextword.ui.write.settings_pane import SettingsPane

    return SettingsPane(page.session, parent)


def _compare(page: WritePage, parent: QWidget) -> QWidget:
    from nextword.ui.write.compare_pane import ComparePane

    return ComparePane(page.session, page.services, parent)


def _versions(page: WritePage, parent: QWidget) -> QWidget:
    from nextword.ui.write.versions_pane import VersionsPane

    return VersionsPane(page.session, page.services.history, parent)


def _sent(page: WritePage, parent: QWidget) -> QWidget:
    from nextword.ui.write.sent_pane import SentPane

    return SentPane(page.session, parent)


def _tr(text: str) -> str:
    return QCoreApplication.translate("write_panes", text)
