"""The screen with the model files on this machine."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import Place, ShowModels
from nextword.ui.services import Services


class ModelsFeature:
    """See nextword.ui.feature.Feature."""

    name = "models"
    icon = "cube"
    at_bottom = False

    @property
    def title(self) -> str:
        return QCoreApplication.translate("rail", "Models")

    def build(self, services: Services) -> QWidget:
        from nextword.ui.models.page import ModelsPage

        return ModelsPage(services)

    def open(self, page: QWidget, place: Place) -> bool:
        from nextword.ui.models.page import ModelsPage

        if isinstance(place, ShowModels):
            shown = cast(ModelsPage, page)
            if place.downloads:
                shown.show_downloads()
            else:
                shown.point_at(place.path)
            return True
        return False

    def owns(self, place: Place) -> bool:
        return isinstance(place, ShowModels)


FEATURE = ModelsFeature()
