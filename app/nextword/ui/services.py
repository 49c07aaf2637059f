"""The objects that a screen may use; a page takes out what it needs and passes no `services` on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from nextword.engine.client import Engine
from nextword.history.database import History
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import Profile
from nextword.settings import SettingsFile
from nextword.ui.notices import Notices

if TYPE_CHECKING:
    from nextword.ui.feature import Place


class Services(Struct, frozen=True):
    """go: send the person to a place, from any screen to any other; True when some screen took it."""

    engine: Engine
    library: Library
    online: Online
    fitting: FitDesk
    history: History
    settings: SettingsFile
    notices: Notices
    profile: Profile
    go: Callable[[Place], bool]
    deliver: Callable[[Callable[[], None]], None]
