"""The one style sheet of the program, generated from the colours and type sizes of a theme.

A widget asks for a look by a property: setProperty("look", "primary" | "quiet" | "card" | "bar" | ...) and a label
for a size by setProperty("type", "small" | "secondary" | "strong" | "heading" | "title" | "error" | "message").
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from nextword import resources
from nextword.ui.colours import Colours


def build(colours: Colours, points: Mapping[str, float]) -> str:
    """Return the style sheet. points: font size of each role of theme.FontRole."""
    values = {name: getattr(colours, name) for name in Colours.__struct_fields__}
    sizes = {f"{role}_points": f"{size:.2f}pt" for role, size in points.items()}
    check = "control-check-dark" if colours.dark else "control-check-light"
    return _SHEET.substitute(values, icons=resources.ICONS.as_posix(), check=check, **sizes)


_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QStackedWidget#pages { background: $window; }
QDialog { background: $surface; border: 1px solid $line; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { color: $text; background: $surface; border: 1px solid $line; padding: 4px 6px; }

QLabel { background: transparent; }
QLabel[type="small"] { font-size: $small_points; color: $secondary; }
QLabel[type="secondary"] { color: $secondary; }
QLabel[type="strong"] { font-weight: 600; }
QLabel[type="heading"] { font-size: $heading_points; font-weight: 600; }
QLabel[type="title"] { font-size: $title_points; font-weight: 600; }
QLabel[type="message"] { font-size: $message_points; }
QLabel[type="error"] { color: $error; }
QLabel[type="warning"] { color: $warning; }
QLabel[type="accent"] { color: $accent; font-weight: 600; }
QLabel[type="good"] { color: $good; }

QPushButton, QToolButton {
  background: $surface; border: 1px solid $line; border-radius: 6px; padding: 6px 12px; min-height: 16px;
}
QToolButton { padding: 5px 8px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $pressed; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 5px 11px; outline: none; }
QToolButton:focus { padding: 4px 7px; }
QPushButton:disabled, QToolButton:disabled { color: $secondary; background: $window; }
QPushButton:checked, QToolButton:checked { color: $accent; border-color: $accent; }
QToolButton::menu-indicator { image: none; }
QPushButton::menu-indicator { image: none; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $line; color: $secondary; border-color: $line; }
QPushButton[look="quiet"], QToolButton[look="quiet"] { background: transparent; border: 1px solid transparent; }
QPushButton[look="quiet"] { color: $secondary; padding: 3px 6px; }
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover { background: $hover; color: $text; }
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus { border: 2px solid $accent; }
QPushButton[look="quiet"]:focus { padding: 2px 5px; }
QPushButton[look="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 3px 4px; }
QPushButton[look="link"]:focus { border: 2px solid $accent; padding: 2px 3px; }
QPushButton[look="warning"] {
  background: transparent; border: 1px solid transparent; color: $warning; padding: 3px 4px;
}
QPushButton[look="warning"]:focus { border: 2px solid $accent; padding: 2px 3px; }
QPushButton[look="chip"] {
  border-radius: 13px; padding: 3px 12px; min-height: 18px; text-align: left;
}
QPushButton[look="chip"]:focus { padding: 2px 11px; }
QToolButton[look="token"] {
  background: transparent; border: 1px solid $line; border-radius: 4px; padding: 1px 4px; min-height: 0px;
  font-size: $small_points; color: $secondary;
}
QToolButton[look="token"]:hover { background: $hover; color: $text; }
QToolButton[look="token"]:focus { border: 2px solid $accent; padding: 0px 3px; }
QToolButton[look="fold"] {
  background: transparent; border: 1px solid transparent; padding: 5px 6px 5px 0px; font-weight: 600;
}
QToolButton[look="fold"]:hover, QToolButton[look="fold"]:checked { color: $text; border-color: transparent; }
QToolButton[look="fold"]:hover { background: $hover; }
QToolButton[look="fold"]:focus { border: 2px solid $accent; padding: 4px 5px 4px 0px; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
  background: $surface; border: 1px solid $line; border-radius: 6px; padding: 5px 8px;
  selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $secondary;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
  border: 2px solid $accent; padding: 4px 7px;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { background: transparent; color: $secondary; }
QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"] { border: 2px solid $error; padding: 4px 7px; }
QPlainTextEdit[look="plain"], QTextEdit[look="plain"] { background: transparent; border: none; padding: 0px; }
QPlainTextEdit[look="plain"]:focus, QTextEdit[look="plain"]:focus { border: none; padding: 0px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url($icons/control-down.svg); width: 12px; height: 12px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url($icons/control-up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url($icons/control-down.svg); width: 10px; height: 10px; }
QListView { background: $surface; border: 1px solid $line; }  /* suggestions below a field: a window of their own */
QWidget QListView { background: transparent; border: none; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView, QComboBox QAbstractItemView:focus {
  background: $surface; border: 1px solid $line; selection-background-color: $selected; selection-color: $text;
  outline: none; padding: 4px;
}
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0px 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $selected; color: $text; }

QMenu { background: $surface; border: 1px solid $line; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 6px 20px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $secondary; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QTreeView, QTableView { background: transparent; border: none; }
QListView, QTreeView, QTableView {
  outline: none; selection-background-color: $selected; selection-color: $text;
}
QListView[look="card"], QTreeView[look="card"], QTableView[look="card"] {
  background: $surface; border: 1px solid $line; border-radius: 6px;
}
QListView:focus, QTreeView:focus, QTableView:focus { border: none; }
QListView[look="card"]:focus, QTreeView[look="card"]:focus, QTableView[look="card"]:focus { border: 1px solid $accent; }
QHeaderView { background: transparent; }
QTableView QTableCornerButton::section { background: transparent; border: none; }
QHeaderView::section {
  background: transparent; border: none; border-bottom: 1px solid $line; padding: 6px 8px; color: $secondary;
}

QFrame[look="card"] { background: $surface; border: 1px solid $line; border-radius: 6px; }
QFrame[look="card"][focused="true"] { border-color: $accent; }
QFrame[look="attachment"] { background: $bubble; border: none; border-radius: 6px; }
QFrame[look="line"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[look="upright"] { background: $line; border: none; max-width: 1px; min-width: 1px; }
QFrame[look="side"] { background: $window; border: none; border-right: 1px solid $line; }
QFrame[look="side_right"] { background: $window; border: none; }
QFrame[look="top"] { background: $window; border: none; border-bottom: 1px solid $line; }
QFrame[look="bottom"] { background: $window; border: none; border-top: 1px solid $line; }
QFrame#rail { background: $rail; border: none; border-right: 1px solid $line; }
QFrame#notice { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame#notice[level="error"] { border-left: 4px solid $error; }
QFrame#notice[level="warning"] { border-left: 4px solid $warning; }
QFrame#notice[level="info"] { border-left: 4px solid $accent; }
QToolButton#rail_button {
  background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 4px 0px; color: $secondary;
  font-size: $small_points;
}
QToolButton#rail_button:hover { background: $hover; color: $text; }
QToolButton#rail_button:checked { background: $surface; border: 2px solid $line; color: $accent; }
QToolButton#rail_button:focus { border: 2px solid $accent; }

QFrame#status { background: $window; border: none; border-top: 1px solid $line; }
QFrame#status QLabel, QFrame#status QPushButton { color: $secondary; font-size: $small_points; }
QFrame#status QLabel { padding: 5px 0px; }
QFrame#status QPushButton {
  background: transparent; border: 1px solid transparent; padding: 1px 4px; min-height: 0px; border-radius: 4px;
}
QFrame#status QPushButton:hover { color: $text; background: $hover; }
QFrame#status QPushButton:focus { border: 2px solid $accent; padding: 0px 3px; }

QScrollArea { background: transparent; border: none; }
QScrollArea[look="pane"] { border: 1px solid transparent; border-radius: 6px; }
QScrollArea[look="pane"]:focus { border: 1px solid $accent; }
QScrollArea > QWidget > QWidget#page_content { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0px; }
QScrollBar::handle { background: $bar; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $secondary; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTabBar { background: transparent; }
QTabBar::tab { background: transparent; padding: 6px 8px; border-bottom: 2px solid transparent; color: $secondary; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }

QTableView[look="card"]::item { padding: 0px 8px; }
QTableView[look="card"] QHeaderView::section { padding: 6px 8px 6px 11px; }  /* Qt moves the text of a cell by 3 px */
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
  background: $accent; border: 2px solid $surface; width: 12px; height: 12px; margin: -6px 0px; border-radius: 8px;
}
QSlider::handle:horizontal:focus { border: 2px solid $text; }
QProgressBar { background: $line; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; margin: 0px 2px; }
QSplitter::handle:vertical { height: 1px; margin: 2px 0px; }
QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator, QListView::indicator {
  width: 14px; height: 14px; border: 1px solid $secondary; border-radius: 4px; background: $surface;
}
QCheckBox::indicator:checked, QListView::indicator:checked {
  background: $accent; border-color: $accent; image: url($icons/$check.svg);
}
QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid $secondary; border-radius: 8px; background: $surface;
}
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; }
QCheckBox::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }
QCheckBox::indicator:checked:focus { border-color: $text; }
""")
