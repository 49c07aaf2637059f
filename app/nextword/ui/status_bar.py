"""The status line under the page: speed, context, seed on the left; engine variant and network on the right."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from nextword.engine.client import Engine, EngineStatus
from nextword.ui.explanation import short

_SHOW_MS = 100  # changes that come faster are shown together


class StatusLine(QFrame):
    """Shows engine.status; repaints only when it changes."""

    def __init__(self, engine: Engine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAccessibleName(self.tr("Status"))
        self._engine = engine
        self._seed: int | None = None
        self._speed = self._label(self.tr("Tokens generated per second, of the last answer"))
        self._context = self._label(self.tr("Tokens in the model's context: prompt and answer together"))
        self._seed_button = QPushButton(self)
        self._seed_button.setToolTip(self.tr("Seed of the last answer. Click to copy it."))
        self._seed_button.clicked.connect(self._copy_seed)
        self._variant = self._label(self.tr("The build of llama.cpp that the engine check chose for this processor"))
        self._network = self._label("")
        self._offline = False
        self._room = 0  # px; 0: not laid out yet
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        for left in (self._speed, self._context, self._seed_button):
            row.addWidget(left)
        row.addStretch(1)
        self._row = row
        row.addWidget(self._variant)
        row.addWidget(self._network)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SHOW_MS)
        self._soon.timeout.connect(self._show)
        self._disconnect = engine.status_changed.connect(self._on_status)
        self._show()

    def show_offline(self, offline: bool) -> None:
        """Say whether the offline switch is on."""
        self._offline = offline
        self._show()

    def add(self, widget: QWidget) -> None:
        """Show something of another part of the program, right of the middle."""
        self._row.insertWidget(self._row.indexOf(self._variant), widget)

    def shut_down(self) -> None:
        """Stop listening."""
        self._disconnect()
        self._soon.stop()

    def _label(self, tip: str) -> QLabel:
        label = QLabel(self)
        label.setToolTip(tip)
        label.setAccessibleDescription(tip)
        return label

    def _on_status(self, _status: EngineStatus) -> None:
        if not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _show(self) -> None:
        status = self._engine.status
        speed = (
            f"{status.tokens_per_second:.0f}" if status.tokens_per_second >= 10 else f"{status.tokens_per_second:.1f}"
        )
        self._put(self._speed, self.tr("{speed} tokens/s").format(speed=speed) if status.tokens_per_second > 0 else "")
        self._put(self._context, self._context_words(status))
        self._show_network(status)
        self._seed = status.seed
        self._seed_button.setVisible(status.seed is not None)
        if status.seed is not None:
            self._seed_button.setText(self.tr("seed {seed}").format(seed=_grouped(status.seed)))
            self._seed_button.setAccessibleName(self.tr("Copy the seed {seed}").format(seed=status.seed))
        self._put(
            self._variant, self.tr("CPU: {variant}").format(variant=short(status.variant, 30)) if status.variant else ""
        )
        self._leave_out()

    def _leave_out(self) -> None:
        """Hide what matters least where there is no room for all: no word is cut."""
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        items = [self._row.itemAt(index) for index in range(self._row.count())]
        parts = [widget for item in items if item is not None and (widget := item.widget()) is not None]
        for least in (self._variant, self._speed):
            taken = sum(part.sizeHint().width() + gap for part in parts if not part.isHidden())
            if self._room and taken - gap + margins.left() + margins.right() > self._room:
                least.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._room = event.size().width()
        self._show()

    def _context_words(self, status: EngineStatus) -> str:
        if status.model is None:
            return self._state_words(status)
        if status.model.remote_host and not status.model.context_tokens:
            return self.tr("on {host}").format(host=short(status.model.remote_host, 40))
        used, size = _number(status.context_used), _number(status.model.context_tokens)
        return self.tr("context {used} of {size}").format(used=used, size=size)

    def _show_network(self, status: EngineStatus) -> None:
        host = status.model.remote_host if status.model is not None else ""
        if self._offline:
            words, tip = self.tr("offline"), self.tr("The offline switch is on: nothing leaves this machine.")
        elif host:
            words = self.tr("sent to {host}").format(host=short(host, 40))
            tip = self.tr("The model runs on a server: what you write to it leaves this machine.")
        else:
            words = self.tr("local · nothing you write is sent")
            tip = self.tr("The model runs on this machine. Nothing you write is sent anywhere.")
        self._network.setText(words)
        self._network.setToolTip(tip)
        self._network.setAccessibleDescription(tip)

    def _state_words(self, status: EngineStatus) -> str:
        return {
            "stopped": self.tr("engine not running"),
            "starting": self.tr("engine is starting"),
            "idle": self.tr("no model loaded"),
            "loading": self.tr("model is loading"),
            "dead": self.tr("engine stopped"),
        }.get(status.state, "")

    def _put(self, label: QLabel, text: str) -> None:
        label.setVisible(bool(text))
        label.setText(text)

    @Slot()
    def _copy_seed(self) -> None:
        if self._seed is not None:
            QGuiApplication.clipboard().setText(str(self._seed))


def _number(number: int) -> str:
    """Return a number as the language of the system writes it."""
    from PySide6.QtCore import QLocale  # brings 700 names: not before there is a number

    return QLocale().toString(number)


def _grouped(number: int) -> str:
    """Return a number in groups of three, apart by thin spaces, as a seed is easier to compare."""
    return f"{number:,}".replace(",", "\u2009")
