"""The real objects of a run without a window: engine not started, library, history and settings of a profile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from nextword import resources
from nextword.engine.client import Engine
from nextword.engine.protocol import ModelInfo
from nextword.history.database import History
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import Profile
from nextword.settings import SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.feature import Place
from nextword.ui.notices import Notice, Notices
from nextword.ui.services import Services
from nextword.ui.theme import current_theme
from tests.models import make


@dataclass
class Desk:
    """services: what a page gets. went: the places it asked for. told: the notices it gave."""

    services: Services
    bridge: Bridge
    went: list[Place] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)

    def set_status(self, **changes: object) -> None:
        """Let the engine say what its state is."""
        engine = self.services.engine
        engine.status = dataclasses.replace(engine.status, **changes)  # type: ignore[arg-type]
        engine.status_changed.emit(engine.status)


@pytest.fixture
def desk(qapp: QApplication, profile: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose library starts empty: the models that come with the program are out of sight."""
    nowhere = tmp_path / "no models"
    monkeypatch.setattr(resources, "MODELS", nowhere)
    monkeypatch.setattr(resources, "STARTER_BASE", nowhere / "nextword-starter-base.gguf")
    monkeypatch.setattr(resources, "STARTER_INSTRUCT", nowhere / "nextword-starter-instruct.gguf")
    assert current_theme().parent() is qapp
    current_theme().apply("light", 100)
    bridge = Bridge()
    notices = Notices()
    places: list[Place] = []

    def go(place: Place) -> bool:
        places.append(place)
        return True

    library, settings = Library(profile.library, bridge.deliver), SettingsFile(profile.settings)
    services = Services(
        engine=Engine(bridge.deliver, cache=profile.cache, command=["/nonexistent/nextword-engine"]),
        library=library,
        online=Online(profile, settings, library, bridge.deliver),
        fitting=FitDesk(profile.cache / "measured.json", bridge.deliver),
        history=History(profile.history, bridge.deliver),
        settings=settings,
        notices=notices,
        profile=profile,
        go=go,
        deliver=bridge.deliver,
    )
    made = Desk(services, bridge, went=places)
    notices.listen(made.told.append)
    yield made
    services.engine.close()
    services.fitting.close()
    services.online.close()
    services.library.close()
    services.history.close()
    bridge.close()
    current_theme().apply("light", 100)


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A tiny model in a folder whose name is not easy."""
    folder = tmp_path / "my models ü 🙂"
    folder.mkdir()
    return make("llama", folder)


def model_info(path: str, **changes: object) -> ModelInfo:
    """Return what the engine says of a loaded model."""
    info = ModelInfo(
        path=path, name="Tiny", architecture="llama", quantization="Q8_0", kind="instruct", size_bytes=14_000_000,
        parameters=13_400_000, vocabulary=4096, context_tokens=1024, trained_context_tokens=1024, has_bos=True,
        template_hash="0" * 64,
    )  # fmt: skip
    return ModelInfo(**{name: changes.get(name, getattr(info, name)) for name in ModelInfo.__struct_fields__})
