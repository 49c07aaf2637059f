"""The words of files that are read into a chat: texts that go with a message, and presets."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def attachment_not_readable(error: errors.AttachmentNotReadable) -> Explanation:
    """Return the words for a file that cannot go with a message."""
    why, advice = (_common() | _attachments()).get(error.reason, _unknown())
    return Explanation(
        translate("explain", "{name} was not attached").format(name=short(error.file_name, 80)),
        why,
        advice,
    )


def preset_not_readable(error: errors.PresetNotReadable) -> Explanation:
    """Return the words for a file that holds no preset."""
    why, advice = (_common() | _presets()).get(error.reason, _unknown())
    detail = f" ({short(error.detail, 80)})" if error.detail and error.reason == "bad_value" else ""
    return Explanation(
        translate("explain", "{name} was not read as a preset").format(name=short(error.file_name, 80)),
        f"{why}{detail}",
        advice,
    )


def _common() -> dict[str, tuple[str, str]]:
    choose = translate("explain", "Choose another file.")
    return {
        "missing": (translate("explain", "The file is not there any more."), choose),
        "not_a_file": (translate("explain", "It is not a file that can be read from beginning to end."), choose),
        "no_permission": (
            translate("explain", "The file may not be read."),
            translate("explain", "Allow reading it, or copy it to another folder."),
        ),
        "unreadable": (
            translate("explain", "The system could not read it."),
            translate("explain", "Copy the file to another disk, then try again."),
        ),
        "empty": (translate("explain", "There is no text in the file."), choose),
    }


def _attachments() -> dict[str, tuple[str, str]]:
    paste = translate("explain", "Copy the text you need in another program and paste it into the message.")
    return {
        "too_large": (
            translate("explain", "It is larger than a model can read: at most 4 MB of text, or a PDF of 64 MB."),
            translate("explain", "Attach a part of it."),
        ),
        "not_text": (
            translate("explain", "The file is not a text. Texts, code, tables as CSV, JSON and PDF can be attached."),
            translate("explain", "Save it as text or as PDF in the program it comes from, then attach that."),
        ),
        "pdf_damaged": (
            translate("explain", "The PDF is damaged, or not made as PDFs are."),
            translate("explain", "Open it in another program, print it to a new PDF, then attach that."),
        ),
        "pdf_encrypted": (
            translate("explain", "The PDF has a password."),
            translate("explain", "Save a copy without the password, then attach that."),
        ),
        "pdf_no_text": (
            translate("explain", "The PDF holds pictures of pages and no text."),
            translate("explain", "Have another program recognise the text, then attach the result."),
        ),
        "pdf_too_hard": (
            translate("explain", "Reading the PDF took too much time or memory and was given up."),
            paste,
        ),
    }


def _presets() -> dict[str, tuple[str, str]]:
    choose = translate("explain", "Choose a file that Nextword exported as a preset.")
    return {
        "too_large": (translate("explain", "It is far larger than a preset can be."), choose),
        "not_preset": (translate("explain", "It is not a preset of Nextword."), choose),
        "newer_format": (
            translate("explain", "A newer Nextword wrote it."),
            translate("explain", "Export it with an older version, or update this one."),
        ),
        "bad_value": (
            translate("explain", "One of its settings has a value that is not possible."),
            translate("explain", "Export the preset once more, or mend the value in the file."),
        ),
    }


def _unknown() -> tuple[str, str]:
    return (
        translate("explain", "The reason is not known."),
        translate("explain", "Try again. If it fails again, the details are in the log folder, see About."),
    )
