"""Keeps the keyboard's focus near: Qt gives it to the other end of the window when what has it goes out of sight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget


def hold_focus(holder: QWidget, going: QWidget) -> None:
    """Give the focus to `holder` if `going`, or something in it, has it. Called before that is hidden or removed."""
    focused = QApplication.focusWidget()
    if focused is not None and (focused is going or going.isAncestorOf(focused)):
        holder.setFocus()


def show_focus(pane: QScrollArea) -> None:
    """Let a pane that holds the focus show it; a click into its empty room does not take it."""
    pane.setProperty("look", "pane")
    pane.setFocusPolicy(Qt.FocusPolicy.TabFocus)
