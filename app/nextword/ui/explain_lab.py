"""The words of experiments: data that cannot be read, patterns that cannot judge."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nextword import errors
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def data_not_readable(error: errors.DataNotReadable) -> Explanation:
    """Return the words for a file that gives no items."""
    choose = translate("explain", "Choose another file.")
    reasons = {
        "missing": (translate("explain", "The file is not there any more."), choose),
        "no_permission": (
            translate("explain", "The file may not be read."),
            translate("explain", "Allow reading it, or copy it to another folder."),
        ),
        "unreadable": (
            translate("explain", "It could not be read: {detail}.").format(detail=short(error.detail, 80)),
            translate("explain", "Copy it to another disk, then choose it again."),
        ),
        "too_large": (
            translate("explain", "It has {size}, more than the 512 MB that are read.").format(size=_size(error.detail)),
            translate("explain", "Take a part of its rows into a file of its own."),
        ),
        "not_text": (
            translate("explain", "It is no text: a workbook, an archive or another program's own format."),
            translate("explain", "Save it as CSV or JSON Lines where it comes from, then choose that file."),
        ),
        "not_json": (
            translate("explain", "It is no JSON. Line {line}: {detail}.").format(
                line=error.line, detail=short(error.detail, 80)
            ),
            translate(
                "explain", "Mend that line, or save the rows as JSON Lines, where one bad line is only left out."
            ),
        ),
    }
    why, advice = reasons.get(error.reason, (translate("explain", "The reason is not known."), choose))
    return Explanation(
        translate("explain", "{name} gives no data").format(name=short(error.file_name, 80)),
        why + " " + translate("explain", "The task is as it was."),
        advice,
    )


def pattern_not_usable(error: errors.PatternNotUsable) -> Explanation:
    """Return the words for a regular expression that does not work."""
    shown = short(error.pattern, 60) or translate("explain", "The pattern")
    if error.reason == "too_slow":
        return Explanation(
            translate("explain", "The pattern takes too long"),
            translate("explain", "{pattern} tries too many ways to match an answer.").format(pattern=shown),
            translate("explain", "Avoid a repetition inside a repetition, such as (a+)+."),
        )
    if error.reason == "syntax":
        return Explanation(
            translate("explain", "The pattern is not understood"),
            translate("explain", "{pattern} is no regular expression: {detail}.").format(
                pattern=shown, detail=short(error.detail, 80) or translate("explain", "it is not complete")
            ),
            translate("explain", "Write it as in Python; put a backslash before signs that are meant literally."),
        )
    return Explanation(
        translate("explain", "The pattern cannot be used"),
        translate("explain", "{pattern} could not judge the answers.").format(pattern=shown),
        translate("explain", "Choose another pattern, or another measure."),
    )


def card_not_usable(error: errors.CardNotUsable) -> Explanation:
    """Return the words for a file of an experiment that cannot be opened or done again."""
    choose = translate("explain", "Choose another file.")
    reasons = {
        "missing": (translate("explain", "The file is not there any more."), choose),
        "no_permission": (
            translate("explain", "The file may not be read."),
            translate("explain", "Allow reading it, or copy it to another folder."),
        ),
        "unreadable": (
            translate("explain", "It could not be read: {detail}.").format(detail=short(error.detail, 80)),
            translate("explain", "Copy it to another disk, then open it again."),
        ),
        "too_large": (
            translate("explain", "It has more than {size}.").format(size=_size(error.detail)),
            translate("explain", "Ask for it with fewer runs."),
        ),
        "not_card": (translate("explain", "It is no experiment of Nextword."), choose),
        "newer": (
            translate("explain", "A later version of Nextword wrote it."),
            translate("explain", "Update Nextword, then open it again."),
        ),
        "damaged": (
            translate("explain", "A part of it is missing or not what it has to be."),
            translate("explain", "Ask for the file again, or copy it once more from where it came from."),
        ),
        "changed": (
            translate("explain", "What it holds was changed after it was written, so its numbers prove nothing."),
            translate("explain", "Ask for the file as it was written."),
        ),
        "no_model": (
            translate("explain", "It was done with the model {model}, and no file of the library is the same.").format(
                model=short(error.detail, 60) or translate("explain", "of which no name is known")
            ),
            translate(
                "explain", "Add that model in Models, wait until it was checked, then open the experiment again."
            ),
        ),
    }
    why, advice = reasons.get(error.reason, (translate("explain", "The reason is not known."), choose))
    return Explanation(
        translate("explain", "{name} cannot be used").format(name=short(error.file_name, 80)),
        why + " " + translate("explain", "Nothing was changed."),
        advice,
    )


def _size(detail: str) -> str:
    is_number = detail.isdecimal() and len(detail) < 19  # what Qt can write
    return QLocale().formattedDataSize(int(detail)) if is_number else short(detail, 20)
