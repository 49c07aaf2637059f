"""How a token and its numbers are written for people: visible spaces, percent, bits, why it was cut."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from nextword.engine.tokens import Cut

_NO_BREAK = "\u00a0"
_SIGNS = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍"}
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Co", "Cn"}  # controls, bidi overrides, unassigned: never shown as they are
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def visible(data: bytes) -> str:
    """Return a token so that every byte of it can be seen: "·guesses", "↵", "⟨E2 80⟩" for half a character."""
    parts: list[str] = []
    loose: list[str] = []
    for sign in data.decode("utf-8", "surrogateescape"):
        if "\udc80" <= sign <= "\udcff":
            loose.append(f"{ord(sign) - 0xDC00:02X}")
            continue
        if loose:
            parts.append(f"⟨{' '.join(loose)}⟩")
            loose.clear()
        parts.append(_sign(sign))
    if loose:
        parts.append(f"⟨{' '.join(loose)}⟩")
    return "".join(parts)


def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    if unicodedata.category(sign) in _HIDDEN or (sign.isspace() and sign != "\u3000"):
        return f"⟨U+{ord(sign):04X}⟩"
    return sign


def percent(probability: float) -> str:
    """Write a probability (0 to 1): one decimal where that says enough, two significant digits below 1 %."""
    value = probability * 100
    if value >= 99.95:
        text = "100" if value >= 100 else f"{min(value, 99.99):.2f}"
    elif value >= 1:
        text = f"{value:.1f}"
    elif value >= 0.0001:
        text = f"{value:.{_decimals(value)}f}"
    elif value > 0:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}{_NO_BREAK}×{_NO_BREAK}10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    else:
        text = "0"
    return f"{text}{_NO_BREAK}%"


def _decimals(value: float) -> int:
    # digits after the point that keep two significant ones: 0.43, 0.0021; 0.997 becomes 1.0
    return max(1, 1 - int(f"{value:.1e}".split("e")[1]))


def number(value: int) -> str:
    """Write a whole number with separators: 4,087."""
    return f"{value:,}"


def bits(value: float) -> str:
    """Write bits with one decimal; a dash for what is not known."""
    return "–" if math.isnan(value) else f"{value:.1f}"


def choices(value: float) -> str:
    """Write among how many equally likely tokens the model was undecided: 1.3, 17, 2,100."""
    if math.isnan(value):
        return "–"
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def cut_reason(cut: Cut, sampling: Mapping[str, object]) -> str:
    """Say which stage of the sampler removed a token, with its value where it is known; "" when none did."""
    match cut:
        case Cut.KEPT:
            return ""
        case Cut.BANNED:
            return _tr("never allowed here")
        case Cut.GRAMMAR:
            return _tr("not allowed by the grammar")
        case Cut.TEMPERATURE:
            return _tr("not the best, at temperature 0")
        case _:
            return _tr("cut by {stage}").format(stage=cut_stage(cut, sampling))


def cut_stage(cut: Cut, sampling: Mapping[str, object]) -> str:
    """Name the stage that removed a token with its value, "top-k 40"; "" where it has no such name."""
    stage, name = _STAGES.get(cut, ("", ""))
    value = sampling.get(name)
    return f"{stage} {value:g}" if stage and isinstance(value, int | float) else stage


_STAGES = {
    Cut.TOP_K: ("top-k", "top_k"),
    Cut.TOP_P: ("top-p", "top_p"),
    Cut.MIN_P: ("min-p", "min_p"),
    Cut.TYPICAL: ("typical-p", "typical_p"),
    Cut.XTC: ("XTC", "xtc_threshold"),
    Cut.TOP_N_SIGMA: ("top-n-sigma", "top_n_sigma"),
    Cut.MIROSTAT: ("Mirostat", "mirostat"),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("token_text", text)
