"""The words of imports and exports: what went wrong, what was left out, and what was changed on the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explanation import Explanation, short

if TYPE_CHECKING:
    from nextword.history.imports.report import Remark, Skipped, SkipReason

translate = QCoreApplication.translate


def import_failed(error: errors.ImportFailed) -> Explanation:
    """Return the words for a file that nothing could be imported from."""
    why, advice = _import_reasons().get(error.reason, _unknown())
    detail = f" ({short(error.detail, 80)})" if error.detail and error.reason in ("unreadable", "newer_format") else ""
    return Explanation(
        translate("explain", "{name} was not imported").format(name=short(error.file_name, 80)),
        translate("explain", "{why}{detail} What was imported before is kept.").format(why=why, detail=detail),
        advice,
    )


def export_failed(error: errors.ExportFailed) -> Explanation:
    """Return the words for a file that could not be written."""
    reasons = {
        "disk_full": (
            translate("explain", "The disk is full."),
            translate("explain", "Make some room, or choose another disk, then export again."),
        ),
        "no_permission": (
            translate("explain", "The folder may not be written to."),
            translate("explain", "Choose another folder."),
        ),
        "no_folder": (
            translate("explain", "The folder is not there."),
            translate("explain", "Choose another folder."),
        ),
        "bad_name": (
            translate("explain", "The system does not take this name for a file."),
            translate("explain", "Choose a shorter name without special characters."),
        ),
        "other": (
            translate("explain", "The system refused it."),
            translate("explain", "Choose another folder, then export again."),
        ),
    }
    why, advice = reasons.get(error.reason, _unknown())
    detail = f" ({short(error.detail, 80)})" if error.detail and error.reason == "other" else ""
    return Explanation(
        translate("explain", "{name} was not written").format(name=short(error.file_name, 80)),
        translate("explain", "{why}{detail} Nothing in the history was changed.").format(why=why, detail=detail),
        advice,
    )


def _unknown() -> tuple[str, str]:
    return (
        translate("explain", "The reason is not known."),
        translate("explain", "Try again. If it fails again, the details are in the log folder, see About."),
    )


def _import_reasons() -> dict[str, tuple[str, str]]:
    choose = translate("explain", "Choose another file.")
    formats = translate(
        "explain",
        "Nextword reads its own files, the export of ChatGPT (zip or conversations.json) and of Open WebUI, the "
        "conversation files of LM Studio, the threads folder of Jan, and .chat files of GPT4All.",
    )
    smaller = translate("explain", "Export fewer conversations at a time, then import the parts.")
    again = translate("explain", "Export or download it once more.")
    return {
        "missing": (translate("explain", "The file is not there any more."), choose),
        "no_permission": (
            translate("explain", "The file may not be read."),
            translate("explain", "Allow reading it, or copy it to another folder."),
        ),
        "not_a_file": (translate("explain", "It is neither a file nor a folder."), choose),
        "unreadable": (translate("explain", "It could not be read."), again),
        "empty": (translate("explain", "The file is empty."), again),
        "too_large": (translate("explain", "The file is larger than 4 GB."), smaller),
        "too_many_files": (translate("explain", "There are too many files in it."), smaller),
        "unknown_format": (translate("explain", "It holds no conversation in a format that is known here."), formats),
        "newer_format": (
            translate("explain", "A newer Nextword wrote it."),
            translate("explain", "Import it with that version, or update this one."),
        ),
        "database": (
            translate("explain", "It is a database, and databases of other programs are not opened."),
            translate("explain", "Export the conversations in the other program, then import that file."),
        ),
        "bad_zip": (translate("explain", "The zip file is damaged."), again),
        "unknown_zip": (
            translate("explain", "The zip file is packed in a way that is not known here."),
            translate("explain", "Unpack it yourself and import the files."),
        ),
        "zip_bomb": (
            translate(
                "explain", "The zip file would unpack to far more than it can honestly hold, so it was not opened."
            ),
            translate("explain", "If you trust it, unpack it yourself and import the files."),
        ),
        "encrypted": (
            translate("explain", "The zip file has a password."),
            translate("explain", "Unpack it yourself and import the files."),
        ),
    }


def program_name(source: str) -> str:
    """Return what a program is called that conversations were imported from."""
    names = {
        "chatgpt": "ChatGPT",
        "gpt4all": "GPT4All",
        "jan": "Jan",
        "lm_studio": "LM Studio",
        "nextword": "Nextword",
        "open_webui": "Open WebUI",
    }
    return names.get(source, short(source, 40))


def skipped_line(skipped: Skipped) -> str:
    """Return one line on something that was left out of an import."""
    reasons: dict[SkipReason, str] = {
        "already_here": translate("explain", "is here already"),
        "damaged": translate("explain", "is damaged"),
        "no_messages": translate("explain", "holds no messages"),
        "not_a_conversation": translate("explain", "is no conversation"),
        "too_deep": translate("explain", "is nested too deep"),
        "too_large": translate("explain", "is too large"),
        "too_many_messages": translate("explain", "has too many messages"),
        "unsafe_name": translate("explain", "has a name that is not safe"),
        "unreadable": translate("explain", "could not be read"),
        "wrong_shape": translate("explain", "is not as it should be"),
    }
    detail = f" ({short(skipped.detail, 80)})" if skipped.detail else ""
    where = short(skipped.where, 120) or translate("explain", "A conversation without a title")
    return translate("explain", "{where} {what}{detail}").format(
        where=where, what=reasons[skipped.reason], detail=detail
    )


def remark_line(remark: Remark, count: int) -> str:
    """Return one line on something that was changed on the way in."""
    texts: dict[Remark, str] = {
        "attachments_left_out": translate("explain", "Attached files that are not in the export, named only: {count}"),
        "broken_characters": translate("explain", "Broken characters replaced by a sign: {count}"),
        "cycles_cut": translate("explain", "Messages that answered themselves, made into beginnings: {count}"),
        "empty_messages": translate("explain", "Messages without any content: {count}"),
        "lost_messages": translate("explain", "Messages missing because their part of the file is damaged: {count}"),
        "messages_joined": translate("explain", "Parts of answers joined to one message: {count}"),
        "parents_missing": translate("explain", "Messages whose question is missing, put where they fit best: {count}"),
        "pictures_left_out": translate("explain", "Pictures and recordings, named only: {count}"),
        "roles_as_text": translate("explain", "Messages of tools or of the system, kept as text of yours: {count}"),
        "sources_left_out": translate("explain", "Sources of answers: {count}"),
        "system_prompts_set_aside": translate(
            "explain", "System prompts kept, but not in use until you say so: {count}"
        ),
        "titles_shortened": translate("explain", "Titles shortened: {count}"),
        "tools_as_text": translate("explain", "Calls of tools, kept as text: {count}"),
        "unknown_parts_as_text": translate("explain", "Parts of an unknown kind, kept as text: {count}"),
    }
    return texts[remark].format(count=count)
