"""The screen about the program itself: versions, engine, isolation, folders, licences."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import Place, ShowAbout
from nextword.ui.services import Services


class AboutFeature:
    """See nextword.ui.feature.Feature."""

    name = "about"
    icon = "info"
    at_bottom = True

    @property
    def title(self) -> str:
        return QCoreApplication.translate("rail", "About")

    def build(self, services: Services) -> QWidget:
        from nextword.ui.about.page import AboutPage

        return AboutPage(services)

    def open(self, page: QWidget, place: Place) -> bool:
        from nextword.ui.about.page import AboutPage

        if not isinstance(place, ShowAbout):
            return False
        if place.logs:
            cast(AboutPage, page).show_logs()
        return True

    def owns(self, place: Place) -> bool:
        return isinstance(place, ShowAbout)


FEATURE = AboutFeature()
