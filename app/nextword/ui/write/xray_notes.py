"""What is to be known of an X-ray besides its columns, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.settings import SamplingSettings, listed_in
from nextword.ui.widgets.token_text import bits, number
from nextword.write.xray import Xray, is_off


def xray_notes(xray: Xray, usual: SamplingSettings, *, drawn: int) -> list[str]:
    """Return a line for each thing. usual: the settings of the document; drawn: how many tokens were drawn."""
    settings, found = xray.settings, []
    if settings.stages != usual.stages:
        found.append(_tr("An experiment: the stages stand in another order than in the document."))
    if xray.place.allowed is not None and not is_off("grammar", settings):
        found.append(_grammar_words(settings))
    if settings.mirostat:
        words = _tr("Mirostat takes the place of the stages that cut; it aims at {bits} bits here.")
        found.append(words.format(bits=bits(xray.mu_bits)))
    if settings.xtc_probability > 0 and not settings.mirostat:
        words = _tr("With seed {seed} XTC takes its turn at this place; each draw lets that fall anew.")
        if xray.xtc_chance > settings.xtc_probability:
            words = _tr("With seed {seed} XTC does not take its turn at this place; each draw lets that fall anew.")
        found.append(words.format(seed=xray.seed))
    if settings.dynamic_range > 0:
        found.append(_tr("The temperature follows the entropy of what the stages before it left."))
    if drawn:
        words = _tr("{count} draws with seed {seed}: where the dots end with the bar, they came as expected.")
        found.append(words.format(count=number(drawn), seed=xray.seed))
    return found


def _grammar_words(settings: SamplingSettings) -> str:
    if "grammar" not in listed_in(settings.stages):
        return _tr("The grammar is not among the stages of this order: it is not followed.")
    return _tr(
        "A token is drawn without the grammar first. Where the grammar refuses it, one of these columns is drawn."
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("xray_notes", text)
