"""The model chip: which model is loaded and how far, with a menu to choose another.

The state is shown by a dot (filled: ready, ring: loading, cross: failed) and in words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QActionGroup, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from nextword.asking.any_engine import AnyEngine
from nextword.engine.client import Engine, EngineStatus
from nextword.hub.library import Library, LibraryModel
from nextword.ui.explanation import short
from nextword.ui.feature import AddModelFile, Place, ShowModels, UseModel
from nextword.ui.theme import current_theme
from nextword.ui.widgets.icons import icon, pixmap
from nextword.ui.widgets.model_words import detail_words, remote_words, starter_words

_DOT = 8
_GAP = 8
_SIDE = 12
_CARET = 10


class ModelChip(QPushButton):
    """Shows engine.status; its menu sends UseModel, AddModelFile and ShowModels to `go`."""

    def __init__(
        self, engine: Engine, library: Library, go: Callable[[Place], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._library = library
        self._go = go
        self._name, self._detail, self._dot = "", "", "secondary"
        self._fraction: float | None = None
        self._is_remote = False
        self.setProperty("look", "chip")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.setMenu(self._menu)
        self._disconnect = [
            engine.status_changed.connect(self._on_status),
            library.changed.connect(self._on_library),
        ]
        self.destroyed.connect(partial(_call_all, self._disconnect))
        current_theme().changed.connect(self.updateGeometry)
        self._on_status(engine.status)

    def _on_library(self, _: None) -> None:
        self._on_status(self._engine.status)

    def _on_status(self, status: EngineStatus) -> None:
        path = status.model.path if status.model is not None else status.wanted
        known = self._library.find(path) if path else None
        if known is not None and not known.name:  # registered, its header not yet read
            known = None
        self._name = short(_name(known, status), 60)
        self._name = self._name or self.tr("No model")
        self._is_remote = status.model is not None and bool(status.model.remote_host)
        self._fraction = status.load_fraction if status.state == "loading" else None
        self._dot, self._detail = self._state_words(status, known)
        self.setAccessibleName(self.tr("Model: {name}, {detail}").format(name=self._name, detail=self._detail))
        self.setToolTip(self._tip(status, known))
        self.updateGeometry()
        self.update()

    def _state_words(self, status: EngineStatus, known: LibraryModel | None) -> tuple[str, str]:
        """Return the colour of the dot and the words after the name."""
        if status.state == "loading":
            return "warning", self.tr("loading {percent} %").format(percent=round(100 * status.load_fraction))
        if status.state == "dead" or (status.error is not None and status.state in ("idle", "stopped")):
            return "error", self.tr("not loaded")
        if status.state == "starting":
            return "warning", self.tr("starting")
        model = known or status.model
        if status.model is None or model is None:
            return "secondary", self.tr("not loaded")
        if status.model.remote_host:
            return "good", self.tr("on {host}").format(host=short(status.model.remote_host, 40))
        words = detail_words(model.kind, model.quantization, model.size_bytes)
        if status.context_used and status.model.context_tokens:
            percent = round(100 * status.context_used / status.model.context_tokens)
            words = self.tr("{words} · context {percent} %").format(words=words, percent=percent)
        return "good", words

    def _tip(self, status: EngineStatus, known: LibraryModel | None) -> str:
        if status.error is not None:
            from nextword.ui.explain import explain  # all wording of errors: not before there is one

            words = explain(status.error)
            return _plain_tip(f"{words.title}. {words.text} {words.advice}")
        if status.model is not None and status.model.remote_host:
            return _plain_tip(remote_words(status.model.remote_host))
        if known is not None and known.starter:
            return starter_words()
        return self.tr("Choose the model")

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        group = QActionGroup(self._menu)
        status = self._engine.status
        loaded = status.model.path if status.model is not None else status.wanted
        for model in self._library.models:
            if model.problem is not None:
                continue
            detail = detail_words(model.kind, model.quantization, model.size_bytes)
            action = self._menu.addAction(f"{_in_menu(model.name or model.file_name)}\t{_in_menu(detail)}")
            action.setCheckable(True)
            action.setChecked(model.path == loaded)
            action.setToolTip(starter_words() if model.starter else _plain_tip(model.path))
            action.triggered.connect(partial(self._choose, model.path))
            group.addAction(action)
        self._add_remote(group, loaded)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Add a model file...")).triggered.connect(partial(self._send, AddModelFile()))
        self._menu.addAction(self.tr("Show models")).triggered.connect(partial(self._send, ShowModels()))

    def _add_remote(self, group: QActionGroup, loaded: str) -> None:
        """Offer the models of servers below those of this machine, each with its host and a cloud."""
        chosen = self._engine.remote.endpoints.models if isinstance(self._engine, AnyEngine) else ()
        if chosen:
            self._menu.addSection(self.tr("On a server"))
        for one in chosen:
            host = one.endpoint.host
            action = self._menu.addAction(f"{_in_menu(one.model.name)}\t{_in_menu(host)}")
            action.setIcon(icon("cloud", current_theme().colour("secondary"), size=16))
            action.setCheckable(True)
            action.setChecked(one.path == loaded)
            action.setToolTip(_plain_tip(remote_words(host)))
            action.triggered.connect(partial(self._choose, one.path))
            group.addAction(action)

    def _choose(self, path: str, _checked: bool = False) -> None:
        self._go(UseModel(path))

    def _send(self, place: Place, _checked: bool = False) -> None:
        self._go(place)

    # --- drawing --------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        theme = current_theme()
        name = QFontMetrics(theme.font("strong")).horizontalAdvance(self._name)
        detail = QFontMetrics(theme.font("small")).horizontalAdvance(self._detail)
        width = 2 * _SIDE + _DOT + _GAP + name + _GAP + detail + _GAP + _CARET
        return QSize(width + 4, max(28, QFontMetrics(theme.font("strong")).height() + 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # the empty pill, with hover and focus
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        self._paint_dot(painter, QPointF(_SIDE + _DOT / 2, middle))
        left = _SIDE + _DOT + _GAP
        right = self.width() - _SIDE - _CARET - _GAP
        strong, small = theme.font("strong"), theme.font("small")
        name = QFontMetrics(strong).elidedText(self._name, Qt.TextElideMode.ElideMiddle, right - left)
        painter.setFont(strong)
        painter.setPen(theme.colour("text"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(left, 0, right - left, self.height()), flags, name)
        left += QFontMetrics(strong).horizontalAdvance(name) + _GAP
        if right - left > 24:
            painter.setFont(small)
            painter.setPen(theme.colour("secondary"))
            detail = QFontMetrics(small).elidedText(self._detail, Qt.TextElideMode.ElideRight, right - left)
            painter.drawText(QRect(left, 0, right - left, self.height()), flags, detail)
        self._paint_caret(painter, QPointF(self.width() - _SIDE - _CARET / 2, middle))
        if self._fraction is not None:
            length = (self.width() - 2 * _SIDE) * self._fraction
            painter.fillRect(QRectF(_SIDE, self.height() - 4, length, 2), theme.colour("accent"))

    def _paint_dot(self, painter: QPainter, centre: QPointF) -> None:
        colour = current_theme().colour(self._dot)
        radius = _DOT / 2
        if self._is_remote:
            size = 2 * _DOT
            drawn = pixmap("cloud", colour, size=size, scale=self.devicePixelRatioF())
            painter.drawPixmap(centre - QPointF(_DOT, _DOT), drawn)
            return
        if self._dot == "error":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(centre + QPointF(-radius, -radius), centre + QPointF(radius, radius))
            painter.drawLine(centre + QPointF(-radius, radius), centre + QPointF(radius, -radius))
            return
        filled = self._dot == "good"
        painter.setPen(Qt.PenStyle.NoPen if filled else QPen(colour, 2))
        painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius if filled else radius - 1, radius if filled else radius - 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_caret(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(QPen(current_theme().colour("secondary"), 1.5))
        painter.drawPolyline([centre + QPointF(-3.5, -1.5), centre + QPointF(0, 2), centre + QPointF(3.5, -1.5)])


def _name(known: LibraryModel | None, status: EngineStatus) -> str:
    if known is not None and known.name:
        return known.name
    return status.model.name if status.model is not None and status.model.name else Path(status.wanted).stem


def _in_menu(text: str) -> str:
    """Return foreign text for a menu, where & and tab have a meaning."""
    return short(text, 60).replace("&", "&&")


def _plain_tip(text: str) -> str:
    """Return foreign text for a tooltip, which would read it as rich text."""
    from html import escape

    return f"<qt>{escape(short(text, 600))}</qt>"


def _call_all(functions: list[Callable[[], None]], _gone: object = None) -> None:
    for function in functions:
        function()
