"""An error to words: what happened, why, and what to do now; all wording of errors is here and in its parts.

The texts quote file names, log lines and other foreign text: show them as plain text only.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors, network_errors
from nextword.ui.explain_attached import attachment_not_readable, preset_not_readable
from nextword.ui.explain_engine import engine
from nextword.ui.explain_history import history
from nextword.ui.explain_lab import card_not_usable, data_not_readable, pattern_not_usable
from nextword.ui.explain_models import model
from nextword.ui.explain_network import network
from nextword.ui.explanation import Explanation, short
from nextword.ui.setting_words import words_for

translate = QCoreApplication.translate


def explain(error: errors.NextwordError) -> Explanation:
    """Return title, text and advice for any error of errors.py."""
    found: Explanation | None = None
    match error:
        case errors.ModelError():
            found = model(error)
        case errors.EngineError():
            found = engine(error)
        case errors.HistoryError():
            found = history(error)
        case network_errors.NetworkError():
            found = network(error)
        case _:
            found = _start(error)
    return found if found is not None else unworded(error)


def unworded(error: Exception) -> Explanation:
    """Return the words for a fault of the program itself, whose only description is in the log."""
    return Explanation(
        translate("explain", "Something in Nextword failed"),
        translate(
            "explain", "The program met a fault of its own ({kind}). It goes on, and what you wrote is kept."
        ).format(kind=type(error).__name__),
        translate("explain", "Try the step again. If it fails again, the details are in the log folder, see About."),
    )


def _start(error: errors.NextwordError) -> Explanation | None:
    match error:
        case errors.SettingsError():
            return _setting(error)
        case errors.ProfileNotUsable():
            return Explanation(
                translate("explain", "The profile folder cannot be used"),
                translate("explain", "Nextword cannot read or write {path}: {detail}").format(
                    path=short(error.path), detail=short(error.detail)
                ),
                translate("explain", "Make the folder writable, or start with another one: nextword --profile FOLDER."),
            )
        case errors.ProfileInUse():
            return Explanation(
                translate("explain", "Nextword is already open"),
                translate("explain", "Another Nextword uses the profile {path} and did not answer.").format(
                    path=short(error.path)
                )
                + (
                    translate("explain", " Its process number is {pid}.").format(pid=error.pid) if error.pid > 0 else ""
                ),
                translate("explain", "Use the window that is open, or close it first."),
            )
        case errors.AttachmentNotReadable():
            return attachment_not_readable(error)
        case errors.PresetNotReadable():
            return preset_not_readable(error)
        case errors.DataNotReadable():
            return data_not_readable(error)
        case errors.PatternNotUsable():
            return pattern_not_usable(error)
        case errors.CardNotUsable():
            return card_not_usable(error)
        case errors.NoDisplay():
            return Explanation(
                translate("explain", "There is no screen to open the window on"),
                short(error.detail) or translate("explain", "The system names no display."),
                translate("explain", "Start it in a desktop session, or without a screen by: xvfb-run -a nextword"),
            )
        case _:
            return None


def _setting(error: errors.SettingsError) -> Explanation:
    value = short(error.value.strip("'\""), 60)
    if error.allowed.startswith("JSON"):  # the file itself, not one value in it
        return Explanation(
            translate("explain", "The settings file could not be read"),
            translate("explain", "{name} is damaged, so its settings were left out: {detail}").format(
                name=short(error.name), detail=value
            ),
            translate("explain", "Nothing else is lost. Set again what you had changed."),
        )
    label = words_for(error.name).label
    return Explanation(
        translate("explain", "{setting} was not changed").format(setting=label),
        translate("explain", "{value} is not possible here.").format(
            value=value or translate("explain", "An empty value")
        ),
        translate("explain", "Possible: {allowed}.").format(allowed=error.allowed),
    )
