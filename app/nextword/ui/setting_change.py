"""Change one setting from the window: a wrong value comes back as an error, a disk that fails becomes a notice."""

from __future__ import annotations

from nextword.errors import NotSaved, SettingsError
from nextword.settings import SettingsFile, Value
from nextword.ui.notices import Notice, Notices


def change(settings: SettingsFile, notices: Notices, name: str, value: Value) -> SettingsError | None:
    """Set `name` and save it at once; return why it was refused, None when it holds."""
    try:
        settings.set(name, value)
    except SettingsError as error:
        return error
    except OSError as error:
        notices.add(Notice(error=NotSaved("io", str(error)), level="error", key="settings"))
    return None
