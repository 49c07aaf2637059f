"""The head of a column of the X-ray: the stage, what it left, and its slider; it can be moved among the others."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QSlider, QVBoxLayout, QWidget

from nextword.settings import SamplingSettings
from nextword.ui.setting_words import words_for
from nextword.ui.theme import GAP_TINY, current_theme
from nextword.ui.widgets.setting_fields import NumberField
from nextword.ui.widgets.stage_names import stage_words
from nextword.write.xray import PARAMETERS, Column

SLIDERS: dict[str, tuple[float, float, float]] = {
    "repeat_penalty": (0.5, 2.0, 0.01), "dry_multiplier": (0.0, 3.0, 0.05), "top_n_sigma": (0.0, 5.0, 0.05),
    "top_k": (0, 100, 1), "typical_p": (0.0, 1.0, 0.01), "top_p": (0.0, 1.0, 0.01), "min_p": (0.0, 0.5, 0.005),
    "xtc_probability": (0.0, 1.0, 0.01), "temperature": (0.0, 2.0, 0.01), "mirostat_tau": (0.0, 10.0, 0.1),
}  # fmt: skip
"""From, to and step of the sliders; the field takes the whole range of the setting."""

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class StageHead(QFrame):
    """changed: the setting and its new value. move: by how many places. chosen: it was clicked or has the focus.

    A stage without a slider shows its words alone. dropped: it was dragged to a place, in global coordinates.
    """

    changed = Signal(str, object)
    moved = Signal(int)
    chosen = Signal()
    dropped = Signal(QPoint)

    def __init__(self, stage: str, width: int, parent: QWidget, *, movable: bool) -> None:
        super().__init__(parent)
        self.stage = stage
        self._movable = movable
        self._pressed: QPoint | None = None
        self.setFixedWidth(width)
        self.setProperty("look", "attachment" if movable else "")
        self._title = QLabel(stage_words(stage), self)
        self._title.setProperty("type", "strong")
        self._left = QLabel(self)
        self._left.setProperty("type", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, GAP_TINY, 4, GAP_TINY)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._left)
        self.setting = _slid(stage)
        self.slider: QSlider | None = None
        self.field: NumberField | None = None
        if self.setting:
            self._add_slider(column)
        column.addStretch(1)
        if movable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setAccessibleName(self.tr("Stage {stage}").format(stage=stage_words(stage)))
            self.setAccessibleDescription(self.tr("Alt+Left and Alt+Right move it among the stages, as an experiment"))
            self._title.setToolTip(self.tr("Drag it, or press Alt+Left or Alt+Right, to try it at another place"))
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def _add_slider(self, column: QVBoxLayout) -> None:
        words = words_for(f"sampling.{self.setting}")
        self._low, high, self._step = SLIDERS[self.setting]
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, round((high - self._low) / self._step))
        self.slider.setAccessibleName(words.label)
        self.slider.setToolTip(words.hint)
        self.slider.valueChanged.connect(self._on_slid)
        self.field = NumberField(whole=self.setting == "top_k")
        self.field.setFixedWidth(round(64 * max(1.0, current_theme().scale)))
        self.field.setAccessibleName(words.label)
        self.field.setToolTip(words.hint)
        self.field.entered.connect(self._on_entered)
        column.addWidget(self.slider)
        column.addWidget(self.field)

    def show_stage(self, column: Column, left: str, settings: SamplingSettings) -> None:
        """Show what the stage left, and its setting as it is."""
        self._left.setText(left)
        self._left.setEnabled(column.acts)
        if self.slider is None or self.field is None:
            return
        value = float(getattr(settings, self.setting))
        blocker = QSignalBlocker(self.slider)
        self.slider.setValue(round((value - self._low) / self._step))
        blocker.unblock()
        if not self.field.hasFocus() or not self.field.isModified():
            self.field.show_value(getattr(settings, self.setting))

    @Slot(int)
    def _on_slid(self, place: int) -> None:
        value = round(self._low + place * self._step, 6)
        self.changed.emit(self.setting, int(value) if self.setting == "top_k" else value)

    @Slot(object)
    def _on_entered(self, value: object) -> None:
        self.changed.emit(self.setting, value)

    # --- moving ---------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._movable:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if alt and Qt.Key(event.key()) in _STEPS:  # elsewhere on the page it leads to another token
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if self._movable and step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()
        if self._movable and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.globalPosition().toPoint()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            far = (event.globalPosition().toPoint() - self._pressed).manhattanLength()
            if far >= QApplication.startDragDistance():
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        place = event.globalPosition().toPoint()
        far = (place - self._pressed).manhattanLength()
        self._pressed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if far >= QApplication.startDragDistance():
            self.dropped.emit(place)


def _slid(stage: str) -> str:
    """Return the setting that the slider of a stage moves, "" for none."""
    if stage == "mirostat":
        return "mirostat_tau"
    names = PARAMETERS.get(stage, ())
    return names[0] if names and names[0] in SLIDERS else ""
