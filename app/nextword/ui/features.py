"""The screens of the program, in the order of the rail: the only place that names them."""

from __future__ import annotations

from nextword.ui import about, chat, lab, models, settings, write
from nextword.ui.feature import Feature

FEATURES: tuple[Feature, ...] = (
    chat.FEATURE,
    write.FEATURE,
    lab.FEATURE,
    models.FEATURE,
    settings.FEATURE,
    about.FEATURE,
)
