"""The colours of the program: one set for light, one for dark, and the tint that surprise gives to a word.

Every other file names a colour by what it means; the numbers are here alone.
"""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtGui import QColor

FULL_TINT_BITS = 8.0
"""From this surprisal, or entropy, on a word has the strongest tint."""

UNTINTED_BITS = 0.5
"""Up to this surprisal (a probability of 71 % and more) a word was expected and stays untinted."""


class Colours(Struct, frozen=True):
    """One theme. Text on window, surface and rail has a contrast of at least 4.5, graphics of at least 3.

    bar: a neutral bar beside one in the accent; bubble: behind what the person wrote; hover, pressed: behind a
    control under the pointer; selected: behind the chosen row; tint: the hue of surprise, strongest at
    `tint_strength` (0 to 1).
    """

    dark: bool
    window: str
    surface: str
    rail: str
    text: str
    secondary: str
    line: str
    accent: str
    on_accent: str
    error: str
    warning: str
    good: str
    bubble: str
    hover: str
    pressed: str
    selected: str
    bar: str
    accent_hover: str
    tint: str
    tint_strength: float


LIGHT = Colours(
    dark=False,
    window="#F7F7F8",
    surface="#FFFFFF",
    rail="#ECECEF",
    text="#1B1B1F",
    secondary="#5C5C66",
    line="#DCDCE2",
    accent="#3B5BDB",
    on_accent="#FFFFFF",
    error="#C92A2A",
    warning="#9A5B00",
    good="#2B8A3E",
    bubble="#EEEEF1",
    hover="#EFEFF3",
    pressed="#E3E3E9",
    selected="#E4E8FA",
    bar="#8B8B98",
    accent_hover="#304EC4",
    tint="#F0A030",
    tint_strength=0.80,
)

DARK = Colours(
    dark=True,
    window="#17171A",
    surface="#1F1F24",
    rail="#121215",
    text="#ECECF1",
    secondary="#A0A0AB",
    line="#34343C",
    accent="#7C96FF",
    on_accent="#10131F",
    error="#FF8787",
    warning="#FFB454",
    good="#69DB7C",
    bubble="#26262C",
    hover="#2A2A31",
    pressed="#34343D",
    selected="#2A3050",
    bar="#70707C",
    accent_hover="#93A9FF",
    tint="#FFB454",
    tint_strength=0.42,
)


SYNTAX_LIGHT = {
    "keyword": "#8A2BA8", "string": "#256B34", "comment": "#5C5C66", "number": "#9A4A00", "name": "#1F5AA8",
    "builtin": "#0B6670",
}  # fmt: skip
SYNTAX_DARK = {
    "keyword": "#CF9BF0", "string": "#9ED58A", "comment": "#A0A0AB", "number": "#F0B36B", "name": "#8AB4FF",
    "builtin": "#6CCFCF",
}  # fmt: skip
"""The words of code by their kind, on the colour `bubble`."""


def syntax(colours: Colours, kind: str) -> QColor:
    """Return the colour of a kind of word in code."""
    return QColor((SYNTAX_DARK if colours.dark else SYNTAX_LIGHT)[kind])


def tint(colours: Colours, fraction: float) -> QColor:
    """Return the colour behind a word, with alpha: none at 0, the strongest at 1.

    One hue that only grows stronger: its order can be seen without seeing hues.
    """
    colour = QColor(colours.tint)
    colour.setAlphaF(colours.tint_strength * fraction)
    return colour


def tint_fraction(bits: float) -> float:
    """Return how strong the tint of a word is, 0 to 1; linear in bits above UNTINTED_BITS.

    Bits below zero or not a number count as zero.
    """
    if not bits > UNTINTED_BITS:  # NaN too
        return 0.0
    return min(1.0, (bits - UNTINTED_BITS) / (FULL_TINT_BITS - UNTINTED_BITS))


TINTED_RANKS = (1, 10, 100, 1_000)
"""Up to each of these ranks a word has the next stronger tint; the first choice has none."""


def rank_fraction(rank: int) -> float:
    """Return how strong the tint of a word is, 0 to 1, in a step for each of TINTED_RANKS."""
    return sum(rank > limit for limit in TINTED_RANKS) / len(TINTED_RANKS)


def over(front: QColor, back: QColor) -> QColor:
    """Return the opaque colour that is seen where `front` (with alpha) lies over the opaque `back`."""
    share = front.alphaF()
    return QColor.fromRgbF(
        front.redF() * share + back.redF() * (1 - share),
        front.greenF() * share + back.greenF() * (1 - share),
        front.blueF() * share + back.blueF() * (1 - share),
    )


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of two opaque colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
