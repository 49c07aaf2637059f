"""The settings screen."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import Place, ShowSettings
from nextword.ui.services import Services


class SettingsFeature:
    """See nextword.ui.feature.Feature."""

    name = "settings"
    icon = "gear"
    at_bottom = True

    @property
    def title(self) -> str:
        return QCoreApplication.translate("rail", "Settings")

    def build(self, services: Services) -> QWidget:
        from nextword.ui.settings.backups import BackupsRow
        from nextword.ui.settings.network import NetworkSection
        from nextword.ui.settings.page import SettingsPage

        backups = BackupsRow(services.history, services.notices, lambda: services.engine.status.state == "busy")
        network = NetworkSection(services.settings, services.notices, services.online)
        others: list[tuple[str, QWidget]] = [
            (QCoreApplication.translate("settings", "Network"), network),
            (QCoreApplication.translate("settings", "Backups of the history"), backups),
        ]
        return SettingsPage(services.settings, services.notices, others)

    def open(self, page: QWidget, place: Place) -> bool:
        from nextword.ui.settings.page import SettingsPage

        if isinstance(place, ShowSettings):
            cast(SettingsPage, page).point_at(place.name)
            return True
        return False

    def owns(self, place: Place) -> bool:
        return isinstance(place, ShowSettings)


FEATURE = SettingsFeature()
