"""Room for a pane that is wider than others: it takes what the text can spare while it is shown, and gives it back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QSplitter, QWidget

_LEFT_FOR_TEXT = 420
_ONCE_MORE_MILLISECONDS = 60


class PaneRoom(QObject):
    """A child of the pane. wanted: px that it would like to have; less when the text would get too little.

    What a person makes of it with the handle of the splitter stays.
    """

    def __init__(self, pane: QWidget, wanted: int) -> None:
        super().__init__(pane)
        self._pane = pane
        self._wanted = wanted
        self._before = 0
        self._given = 0
        pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._pane and event.type() == QEvent.Type.Show:
            QTimer.singleShot(0, self, self._take)  # when the side itself has its place
        elif watched is self._pane and event.type() == QEvent.Type.Hide:
            self._give_back()
        return False

    @Slot()
    def _take(self) -> None:
        splitter, place = self._splitter()
        if splitter is None or not self._pane.isVisible():
            return
        sizes = splitter.sizes()
        wanted = min(self._wanted, sum(sizes) - _LEFT_FOR_TEXT)
        if wanted > sizes[place]:
            if not self._given:
                self._before = sizes[place]
                QTimer.singleShot(_ONCE_MORE_MILLISECONDS, self, self._take)  # the page may have made room meanwhile
            self._given = wanted
            _share(splitter, place, wanted)

    def _give_back(self) -> None:
        splitter, place = self._splitter()
        given, self._given = self._given, 0
        if splitter is not None and given and abs(splitter.sizes()[place] - given) <= 2:
            _share(splitter, place, self._before)

    def _splitter(self) -> tuple[QSplitter | None, int]:
        inner: QWidget = self._pane
        above = inner.parentWidget()
        while above is not None and not isinstance(above, QSplitter):
            inner, above = above, above.parentWidget()
        return (None, 0) if above is None else (above, above.indexOf(inner))


def _share(splitter: QSplitter, place: int, width: int) -> None:
    """Give one part a width and the others, from the first, what is left."""
    sizes = splitter.sizes()
    others = [index for index in range(len(sizes)) if index != place]
    sizes[others[0]] += sizes[place] - width
    sizes[place] = width
    splitter.setSizes(sizes)
