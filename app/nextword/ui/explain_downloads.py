"""The words for a file that was not taken as it came, or could not be kept."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nextword.network_errors import DownloadFailed
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def download(error: DownloadFailed) -> Explanation:
    """Return the words for a failed download."""
    name = short(error.file, 80) or translate("explain", "The file")
    title = translate("explain", "{file} was not downloaded").format(file=name)
    if error.reason == "no_room":
        return Explanation(title, _no_room(error), translate("explain", "Make room, then go on: nothing is lost."))
    text, advice = {**_lies(), **_kinds(), **_here()}.get(
        error.reason,
        (translate("explain", "The file could not be kept."), translate("explain", "Try again, or choose another.")),
    )
    detail = f" ({short(error.detail, 160)})" if error.detail else ""
    return Explanation(title, text + detail, advice)


def _no_room(error: DownloadFailed) -> str:
    locale = QLocale()

    def size(count: int) -> str:
        return locale.formattedDataSize(max(0, min(count, 2**62)), 1, QLocale.DataSizeFormat.DataSizeSIFormat)

    if not error.needed_bytes:
        return translate("explain", "The disk is full.")
    return translate("explain", "It needs {needed} on the disk, and {free} are free.").format(
        needed=size(error.needed_bytes), free=size(error.free_bytes)
    )


def _lies() -> dict[str, tuple[str, str]]:
    other = translate("explain", "Try again later. If it happens again, tell the owner of the server or mirror.")
    return {
        "wrong_hash": (
            translate("explain", "It was fetched twice, and neither time was it the file that the hub describes."),
            other,
        ),
        "no_hash": (
            translate("explain", "The hub gives no SHA-256 for it, so nothing could say whether it came unharmed."),
            translate("explain", "Choose a file that is stored as a large file, as GGUF files are."),
        ),
        "wrong_length": (translate("explain", "The server's file is not as long as the hub says."), other),
        "no_ranges": (
            translate(
                "explain",
                "The server sends the whole file even when a part of it is asked for. Without parts a download could "
                "not be gone on with where it broke off, so nothing of it is taken.",
            ),
            translate(
                "explain",
                "Use another mirror, or the hub itself, under Settings, Network. Or fetch the file with your browser "
                "and add it under Models.",
            ),
        ),
        "wrong_range": (translate("explain", "The server sent another part than the one that was asked for."), other),
        "encoded": (translate("explain", "The server, or a proxy on the way, changed the form of the bytes."), other),
        "moved_revision": (
            translate("explain", "The hub answered for another state of the repository than the one chosen."),
            translate("explain", "Open the model again under Find models to get its present state."),
        ),
    }


def _kinds() -> dict[str, tuple[str, str]]:
    other = translate("explain", "Choose another file or another model.")
    return {
        "lfs_pointer": (
            translate("explain", "The server has only a Git LFS pointer: a small text that stands for the model."),
            translate("explain", "Use the hub itself, or a mirror that holds the large files."),
        ),
        "web_page": (
            translate("explain", "A web page came in place of the file: this network probably asks you to log in."),
            translate("explain", "Open any page in a browser, log in there, then try again."),
        ),
        "not_gguf": (translate("explain", "It is not a GGUF file, the only kind that Nextword opens."), other),
        "split_incomplete": (
            translate("explain", "The model is split over several files, and the repository lacks some of them."),
            other,
        ),
        "bad_name": (
            translate("explain", "Its name could reach beyond the folder of models or hide what it is."),
            translate("explain", "Do not trust this repository. Choose another one."),
        ),
        "same_name": (
            translate("explain", "The repository has another file whose name differs in capital letters alone."),
            other,
        ),
    }


def _here() -> dict[str, tuple[str, str]]:
    return {
        "exists": (
            translate("explain", "Another file has its name and place."),
            translate("explain", "Move or rename that file, then try again."),
        ),
        "no_folder": (
            translate("explain", "The folder of models cannot be written."),
            translate("explain", "Check its permissions, then try again."),
        ),
        "disk": (
            translate("explain", "The disk did not take the data."),
            translate("explain", "Check the disk, then go on: what was fetched is kept."),
        ),
        "journal": (
            translate("explain", "What was noted about the part that is here does not belong to it."),
            translate("explain", "Try again: it begins anew."),
        ),
        "no_room": (
            translate("explain", "The disk is full."),
            translate("explain", "Make room, then go on: nothing is lost."),
        ),
    }
