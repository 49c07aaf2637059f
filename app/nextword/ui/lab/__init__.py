"""The lab: zero-shot against few-shot, measured; examples, label distributions, sweeps, twins."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from nextword.ui.feature import OpenExperiment, Place
from nextword.ui.services import Services


class LabFeature:
    """See nextword.ui.feature.Feature."""

    name = "lab"
    icon = "flask"
    at_bottom = False

    @property
    def title(self) -> str:
        return QCoreApplication.translate("rail", "Lab")

    def build(self, services: Services) -> QWidget:
        from nextword.ui.lab.page import LabPage

        return LabPage(services)

    def open(self, page: QWidget, place: Place) -> bool:
        from nextword.ui.lab.page import LabPage

        if isinstance(place, OpenExperiment) and isinstance(page, LabPage):
            page.open_experiment(place)
            return True
        return False

    def owns(self, place: Place) -> bool:
        return isinstance(place, OpenExperiment)


FEATURE = LabFeature()
