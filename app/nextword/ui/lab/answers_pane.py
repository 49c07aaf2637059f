"""Below the bars: what an instruct model writes by itself, beside what its scores say, and what the examples taught."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QBrush, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from nextword.lab.asides import CHECKED, Agreement, Asides, Side
from nextword.lab.builder import Builder
from nextword.lab.gains import Gain
from nextword.ui.explanation import short
from nextword.ui.lab.lab_words import label_name, shots
from nextword.ui.theme import GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.token_text import percent, visible

_FULL_NATS = 5.0  # from this gain on a token has the strongest tint


class AnswersPane(QWidget):
    """Follows the asides."""

    def __init__(self, builder: Builder, asides: Asides, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._asides = asides
        self.title = QLabel(self.tr("What it writes"), self)
        self.title.setProperty("type", "strong")
        self.written = QLabel(self)
        self.written.setTextFormat(Qt.TextFormat.PlainText)
        self.written.setWordWrap(True)
        self.written.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.agreement = QLabel(self)
        self.agreement.setProperty("type", "small")
        self.agreement.setWordWrap(True)
        self.check = QPushButton(self.tr("Compare for {count} inputs").format(count=CHECKED), self)
        self.check.setToolTip(
            self.tr("Write answers to inputs of this part, and count how often they name the best label")
        )
        self.check.clicked.connect(asides.check)
        self.gains: GainLine | None = None
        self.fold = Fold(self.tr("What the examples taught"), self._make_gains, self)
        self.fold.head.toggled.connect(self._on_toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        for widget in (self.title, self.written, self.agreement):
            column.addWidget(widget)
        column.addWidget(self.check, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.fold)
        self._disconnect = [asides.changed.connect(self._on_changed), builder.changed.connect(self._on_changed)]
        self._show()

    def close_pane(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def _make_gains(self) -> QWidget:
        box = QWidget(self)
        self._gain_words = QLabel(box)
        self._gain_words.setProperty("type", "small")
        self._gain_words.setWordWrap(True)
        self.gains = GainLine(box)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, GAP_SMALL)
        column.addWidget(self._gain_words)
        column.addWidget(self.gains)
        return box

    @Slot(bool)
    def _on_toggled(self, shown: bool) -> None:
        self._asides.want(gains=shown)
        self._show()

    def _on_changed(self, _what: object) -> None:
        self._show()

    def _show(self) -> None:
        writes = self._asides.writes
        for widget in (self.title, self.written, self.agreement, self.check):
            widget.setVisible(writes)
        if writes:
            self._show_written()
        self.fold.setVisible(bool(self._builder.ticked) and self._builder.looked is not None)
        if self.gains is not None:
            found = self._asides.gains
            words = self.tr(
                "Each token of “{answer}”: its log-probability with the examples, less that without, in nats."
            )
            self._gain_words.setText(words.format(answer=short(self._asides.answer, 60)) if found else "…")
            self.gains.show_gains(found)

    def _show_written(self) -> None:
        sides, checked = self._asides.sides, self._asides.checked
        names = (shots(0), shots(len(self._builder.ticked)))
        if sides is None:
            self.written.setText("…")
        else:
            self.written.setText("\n".join(self._side(name, side) for name, side in zip(names, sides, strict=True)))
        self.check.setEnabled(not self._asides.checking and self._builder.is_known)
        if self._asides.checking:
            self.agreement.setText(self.tr("Writing answers…"))
        elif checked is not None:
            pairs = zip(names, checked, strict=True)
            self.agreement.setText("\n".join(self._agreement(name, each) for name, each in pairs))
        else:
            self.agreement.setText("")
        self.agreement.setVisible(bool(self.agreement.text()))

    def _side(self, name: str, side: Side) -> str:
        labels = self._builder.task.labels
        text = short(" ".join(side.written.text.split()), 120) or self.tr("(nothing)")
        if not 0 <= side.named < len(labels):
            end = self.tr("names no one label")
        elif side.named == side.scored:
            end = self.tr("agrees with the scores")
        else:
            end = self.tr("names {label}: the scores say something else").format(
                label=label_name(labels[side.named].name)
            )
        return self.tr("{condition}: “{text}” · {end}").format(condition=name, text=text, end=end)

    def _agreement(self, name: str, found: Agreement) -> str:
        return self.tr("{condition}: {agree} of {asked} answers agree with the scores, {named} name one label.").format(
            condition=name, agree=found.agree, asked=found.asked, named=found.named
        )


class GainLine(QWidget):
    """The tokens of an answer: tinted where the examples made them likelier, hatched where less likely."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._gains: tuple[Gain, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Gain of each token of the answer"))
        current_theme().changed.connect(self.updateGeometry)

    def show_gains(self, gains: tuple[Gain, ...]) -> None:
        """Show the tokens of an answer."""
        self._gains = gains
        self.setAccessibleDescription(". ".join(self._in_words(gain) for gain in gains))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = 1 + max((row for row, _, _ in self._places(max(60, self.width()))), default=0)
        return QSize(120, lines * (self._height() + GAP_TINY) if self._gains else 0)

    def _height(self) -> int:
        return (
            QFontMetrics(current_theme().font("mono")).height()
            + QFontMetrics(current_theme().font("small")).height()
            + 8
        )

    def _places(self, width: int) -> list[tuple[int, QRectF, Gain]]:
        mono, small = QFontMetrics(current_theme().font("mono")), QFontMetrics(current_theme().font("small"))
        found, row, x = [], 0, 0.0
        for gain in self._gains:
            wide = max(mono.horizontalAdvance(visible(gain.step.text)), small.horizontalAdvance(_nats(gain))) + 12
            if x and x + wide > width:
                row, x = row + 1, 0.0
            found.append((row, QRectF(x, row * (self._height() + GAP_TINY), wide, self._height()), gain))
            x += wide + GAP_TINY
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = Qt.AlignmentFlag.AlignHCenter
        for _, place, gain in self._places(self.width()):
            painter.setPen(theme.colour("line"))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            colour = theme.colour("accent" if gain.nats >= 0 else "secondary")
            colour.setAlphaF(0.45 * min(1.0, abs(gain.nats) / _FULL_NATS))  # the word stays legible on it
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour if gain.nats >= 0 else QBrush(colour, Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4, 4)
            painter.setPen(theme.colour("text"))
            painter.setFont(theme.font("mono"))
            painter.drawText(place.adjusted(0, 3, 0, 0), centre | Qt.AlignmentFlag.AlignTop, visible(gain.step.text))
            painter.setFont(theme.font("small"))
            painter.drawText(place.adjusted(0, 0, 0, -3), centre | Qt.AlignmentFlag.AlignBottom, _nats(gain))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            point = event.pos()
            for _, place, gain in self._places(self.width()):
                if place.contains(point.x(), point.y()):
                    QToolTip.showText(event.globalPos(), self._in_words(gain), self)
            return True
        return super().event(event)

    def _in_words(self, gain: Gain) -> str:
        return self.tr("{token}: {with_examples} with the examples, {without} without, {nats} nats").format(
            token=visible(gain.step.text),
            with_examples=percent(gain.step.probability),
            without=percent(gain.before.probability),
            nats=_nats(gain),
        )


def _nats(gain: Gain) -> str:
    """Return a gain with its sign; nothing has none."""
    return f"{gain.nats:+.2f}" if abs(gain.nats) >= 0.005 else "0.00"
