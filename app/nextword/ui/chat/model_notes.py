"""What the chat says of the model that answers in it; with a base model, what that means and the ways on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from PySide6.QtCore import QObject, Slot

from nextword.chat.preferences import BaseWay
from nextword.chat.session import ChatSession
from nextword.ui.chat.message_box import MessageBox
from nextword.ui.chat.ways_on import WayButton
from nextword.ui.chat.welcome import Welcome
from nextword.ui.feature import UseModel
from nextword.ui.services import Services
from nextword.ui.widgets.model_words import kind_hint, remote_words
from nextword.ui.widgets.side_panes import SidePanes

if TYPE_CHECKING:
    from nextword.hub.library import LibraryModel


class ModelNotes(QObject):
    """Follows the engine, the library and the preferences, and keeps welcome and box in line with them."""

    def __init__(
        self, services: Services, session: ChatSession, *, welcome: Welcome, box: MessageBox, side: SidePanes
    ) -> None:
        super().__init__(box)
        self._services = services
        self._session = session
        self._welcome = welcome
        self._box = box
        self._side = side
        self._twin = ""  # the path of the instruct model that belongs to the base model
        self.way = WayButton(box)
        box.add_beside_tint(self.way)
        for part in (self.way, welcome.ways):
            part.way_chosen.connect(self._on_way)
            part.examples_wanted.connect(self._on_examples)
        welcome.ways.twin_wanted.connect(self._on_twin)
        self._disconnect = [
            services.engine.status_changed.connect(self._show),
            services.library.changed.connect(self._show),
            session.preferences_changed.connect(self._show_way),
        ]
        self._show(None)
        self._show_way(None)

    def close(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def _show(self, _what: object) -> None:
        status = self._services.engine.status
        path = status.model.path if status.model is not None else status.wanted
        known = self._services.library.find(path) if path else None
        kind = status.model.kind if status.model is not None else (known.kind if known and known.name else "instruct")
        sentences = []
        if known is not None and known.starter:
            sentences.append(
                self.tr("{name}: tiny, made to show how language models work. Get a real one under Models.").format(
                    name=known.name or known.file_name
                )
            )
        host = status.model.remote_host if status.model is not None else ""
        if host:
            sentences.append(remote_words(host))
        elif kind == "base":
            reasons = status.model.kind_reasons if status.model is not None else known.kind_reasons if known else ()
            sentences.append(kind_hint(kind, reasons))
        if not path and status.state in ("idle", "stopped"):
            sentences = [self.tr("No model is loaded. Choose one under Models.")]
        self._welcome.show_model(kind, " ".join(sentences), offer_models=bool(sentences) and not host)
        self._show_twin(known if kind == "base" else None)
        self.way.setVisible(kind == "base")
        self._show_placeholder(kind == "base")

    def _show_twin(self, model: LibraryModel | None) -> None:
        twin = None
        if model is not None:
            from nextword.hub.twins import instruct_twin

            twin = instruct_twin(model, self._services.library.models)
        self._twin = "" if twin is None else twin.path
        self._welcome.ways.show_twin("" if twin is None else twin.name or twin.file_name)

    def _show_way(self, _none: None) -> None:
        preferences = self._session.preferences
        self.way.show_preferences(preferences)
        self._welcome.ways.show_preferences(preferences)
        self._show_placeholder(self._session.model_kind == "base")

    def _show_placeholder(self, is_base: bool) -> None:
        asks = self._session.preferences.base_way in ("question", "few_shot")
        words = self.tr("Write a message")
        if is_base:
            words = self.tr("Write a question") if asks else self.tr("Write a text to continue")
        self._box.edit.setPlaceholderText(words)

    @Slot(str)
    def _on_way(self, way: str) -> None:
        preferences = replace(self._session.preferences, base_way=cast(BaseWay, way))
        self._session.set_preferences(preferences)
        if way == "few_shot" and not preferences.examples:
            self._on_examples()
        else:
            self._box.edit.setFocus()

    @Slot()
    def _on_examples(self) -> None:
        self._side.show_pane("examples").setFocus()

    @Slot()
    def _on_twin(self) -> None:
        if self._twin:
            self._services.go(UseModel(self._twin))
