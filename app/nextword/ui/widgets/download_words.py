"""How far a download is, in words: what is here, how fast it comes, how long it will take."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nextword.hub.hub_records import Download
from nextword.ui.explain import explain

translate = QCoreApplication.translate

_SI = QLocale.DataSizeFormat.DataSizeSIFormat


def bytes_words(count: float) -> str:
    """Return a number of bytes with a digit more than a size has, so that it is seen to grow."""
    whole = round(count)
    places = 2 if whole >= 10**9 else 1 if 10**6 <= whole < 10**8 else 0
    return QLocale().formattedDataSize(whole, places, _SI)


def time_words(seconds: float) -> str:
    """Return a length of time: "40 s", "3 min", "2 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 90:
        return translate("downloads", "{count} s").format(count=whole)
    minutes = round(whole / 60)
    if minutes < 90:
        return translate("downloads", "{count} min").format(count=minutes)
    if minutes < 48 * 60:
        return translate("downloads", "{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    return translate("downloads", "{count} days").format(count=round(minutes / 1440))


def progress_words(download: Download) -> str:
    """Return one line: how much is here, how fast it comes, how long it takes, or why nothing comes."""
    here = translate("downloads", "{done} of {total}").format(
        done=bytes_words(download.done_bytes), total=bytes_words(download.total_bytes)
    )
    match download.state:
        case "running":
            parts = [here]
            if download.bytes_per_second > 0:
                parts.append(
                    translate("downloads", "{rate} per second").format(rate=bytes_words(download.bytes_per_second))
                )
            left = download.seconds_left
            if left is not None:
                parts.append(translate("downloads", "{time} left").format(time=time_words(left)))
            return " · ".join(parts)
        case "queued":
            return translate("downloads", "{here} · waits for its turn").format(here=here)
        case "paused":
            return translate("downloads", "{here} · paused").format(here=here)
        case "checking":
            return translate("downloads", "all of {total} is here · its SHA-256 is checked").format(
                total=bytes_words(download.total_bytes)
            )
        case "done":
            return translate("downloads", "{total} · checked by its SHA-256, in your library").format(
                total=bytes_words(download.total_bytes)
            )
        case _:
            return here


def trouble_words(download: Download) -> str:
    """Return why a download waits or failed, "" when it does neither."""
    if download.error is None:
        return ""
    words = explain(download.error)
    if download.state == "waiting":
        soon = (
            translate("downloads", "Tried again in {time}.").format(time=time_words(download.retry_seconds))
            if download.retry_seconds >= 1
            else translate("downloads", "Tried again as soon as it may help.")
        )
        return f"{words.title}. {words.text} {soon}"
    return f"{words.title}. {words.text} {words.advice}"


def percent_of(download: Download) -> float:
    """Return how much is here, 0 to 100."""
    return 100.0 * download.done_bytes / download.total_bytes if download.total_bytes else 0.0
