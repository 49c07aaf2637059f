"""What a screen tells the window about itself, and the places that screens can send a person to."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from msgspec import Struct
from PySide6.QtWidgets import QWidget

from nextword.history.records import ConversationId
from nextword.ui.services import Services


class OpenConversation(Struct, frozen=True):
    """Show a conversation; None: a new, empty one."""

    conversation: ConversationId | None


class OpenDocument(Struct, frozen=True):
    """Show a document of Write; None: a new, empty one."""

    document: ConversationId | None


class WriteText(Struct, frozen=True):
    """Begin a new document of Write with a text."""

    text: str


class ShowModels(Struct, frozen=True):
    """Show the models; path: the file to point at, "" for none. downloads: those on their way."""

    path: str = ""
    downloads: bool = False


class ShowSettings(Struct, frozen=True):
    """Show the settings; name: "group.setting" to point at, "" for none."""

    name: str = ""


class ShowAbout(Struct, frozen=True):
    """Show versions, engine variant, isolation and licences; logs: and the logs over them."""

    logs: bool = False


class UseModel(Struct, frozen=True):
    """Load a model of the library and remember it; the screen that is shown stays. path "": the starter."""

    path: str


class AddModelFile(Struct, frozen=True):
    """Put a file into the library and load it, or only offer to; path "": ask for the file first."""

    path: str = ""
    load: bool = True


class OpenExperiment(Struct, frozen=True):
    """Show the lab. experiment: a stored one, by its id; None: the builder. data_set: the name of a built-in set to
    begin with, "" for the one that is open."""

    experiment: int | None = None
    data_set: str = ""


Place: TypeAlias = (
    OpenConversation | OpenDocument | WriteText | OpenExperiment | ShowModels | ShowSettings | ShowAbout | UseModel
    | AddModelFile
)  # fmt: skip
"""UseModel and AddModelFile are no screen's: the program itself takes them (ui/model_choice.py)."""


class Feature(Protocol):
    """A screen: one folder in ui/, one line in ui/features.py."""

    @property
    def name(self) -> str:
        """Folder and key, for example "chat"."""

    @property
    def title(self) -> str:
        """The word on the rail, translated."""

    @property
    def icon(self) -> str:
        """Name of a file in resources/icons, without .svg."""

    @property
    def at_bottom(self) -> bool:
        """Whether the rail shows it at its lower end."""

    def build(self, services: Services) -> QWidget:
        """Build the page; imports it here, so that a screen never looked at costs nothing."""

    def open(self, page: QWidget, place: Place) -> bool:
        """Show `place` on `page` if it is this screen's; return whether it was."""

    def owns(self, place: Place) -> bool:
        """Say whether `place` belongs to this screen, without building it."""
