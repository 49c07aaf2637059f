"""An error to words: what happened, why, and what to do now; all wording of errors is here and in its parts.

The texts quote file names, log lines and other foreign text: show them as plain text only.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explain_engine import engine
from nextword.ui.explain_files import export_failed, import_failed
from nextword.ui.explain_models import model
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
            found = _history(error)
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


def _history(error: errors.NextwordError) -> Explanation | None:
    match error:
        case errors.HistoryTooNew():
            return Explanation(
                translate("explain", "The history was written by a newer Nextword"),
                translate(
                    "explain", "{path} holds changes that this version does not know. It was not touched."
                ).format(path=short(error.path)),
                translate(
                    "explain", "Use the newer version, or start with another profile: nextword --profile FOLDER."
                ),
            )
        case errors.HistoryDamaged():
            return _damaged(error)
        case errors.NotSaved():
            return _not_saved(error)
        case errors.ImportFailed():
            return import_failed(error)
        case errors.ExportFailed():
            return export_failed(error)
        case errors.NoSuchRow():
            return Explanation(
                translate("explain", "It is no longer there"),
                translate("explain", "The {kind} with number {row} is not in the history any more.").format(
                    kind=short(error.kind), row=error.row_id
                ),
                translate("explain", "It was probably deleted in the meantime. Choose another from the list."),
            )
        case _:
            return None


def _damaged(error: errors.HistoryDamaged) -> Explanation:
    if error.kept_as:
        advice = translate("explain", "The damaged file was kept as {path}. A new, empty history was started.").format(
            path=short(error.kept_as)
        )
    else:
        advice = translate("explain", "Close Nextword, copy the file to a safe place, and start with another profile.")
    return Explanation(
        translate("explain", "The history cannot be read"),
        translate("explain", "{path} is damaged: {detail}").format(path=short(error.path), detail=short(error.detail)),
        advice,
    )


def _not_saved(error: errors.NotSaved) -> Explanation:
    why, advice = {
        "disk_full": (
            translate("explain", "The disk is full."),
            translate("explain", "Make some room, then try again."),
        ),
        "read_only": (
            translate("explain", "The profile folder may not be written to."),
            translate("explain", "Make the folder writable, then try again. About shows where it is."),
        ),
        "locked": (
            translate("explain", "Another program holds the history file."),
            translate("explain", "Close the other program, then try again."),
        ),
        "io": (
            translate("explain", "The disk reported an error."),
            translate("explain", "Copy the profile folder to another disk; this one may be failing."),
        ),
    }.get(
        error.reason,
        (
            translate("explain", "The database refused it."),
            translate("explain", "Try again. If it fails again, the details are in the log folder, see About."),
        ),
    )
    detail = f" ({short(error.detail)})" if error.detail else ""
    return Explanation(
        translate("explain", "Not saved"),
        translate("explain", "{why}{detail} Nothing that was saved before is lost.").format(why=why, detail=detail),
        advice,
    )
