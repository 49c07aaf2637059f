"""The chip says which model is loaded, how far loading is, what failed; its menu chooses another."""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nextword.errors import ModelLoadFailed
from nextword.ui.feature import AddModelFile, ShowModels, UseModel
from nextword.ui.widgets.model_chip import ModelChip
from tests.ui.conftest import Desk, model_info


def _chip(qtbot: QtBot, desk: Desk) -> ModelChip:
    chip = ModelChip(desk.services.engine, desk.services.library, desk.services.go)
    qtbot.addWidget(chip)
    return chip


def _open_menu(chip: ModelChip) -> list[QAction]:
    menu = chip.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def test_a_loaded_model_is_named_with_kind_quantization_and_size(qtbot: QtBot, desk: Desk) -> None:
    chip = _chip(qtbot, desk)
    desk.set_status(state="ready", model=model_info("/m/a.gguf"))
    assert chip.accessibleName() == "Model: Tiny, instruct · Q8_0 · 14 MB"


def test_the_share_of_the_context_that_is_used_is_told(qtbot: QtBot, desk: Desk) -> None:
    chip = _chip(qtbot, desk)
    desk.set_status(state="busy", model=model_info("/m/a.gguf", context_tokens=1024), context_used=256)
    assert chip.accessibleName() == "Model: Tiny, instruct · Q8_0 · 14 MB · context 25 %"


def test_loading_is_told_in_percent(qtbot: QtBot, desk: Desk) -> None:
    chip = _chip(qtbot, desk)
    desk.set_status(state="loading", wanted="/m/some model.gguf", load_fraction=0.45)
    assert chip.accessibleName() == "Model: some model, loading 45 %"


def test_a_failure_is_told_with_its_reason(qtbot: QtBot, desk: Desk) -> None:
    chip = _chip(qtbot, desk)
    desk.set_status(state="idle", wanted="/m/a.gguf", error=ModelLoadFailed("/m/a.gguf", ("no <b>memory</b>",)))
    assert "not loaded" in chip.accessibleName()
    assert "no &lt;b&gt;memory&lt;/b&gt;" in chip.toolTip()


def test_every_state_can_be_drawn(qtbot: QtBot, desk: Desk) -> None:
    chip = _chip(qtbot, desk)
    for state in ("stopped", "starting", "idle", "loading", "ready", "busy", "dead"):
        desk.set_status(state=state, model=model_info("/m/a.gguf") if state in ("ready", "busy") else None)
        chip.resize(chip.sizeHint())
        assert not chip.grab().isNull()
        assert chip.sizeHint().width() > 60


def test_the_menu_lists_the_library_and_chooses(qtbot: QtBot, desk: Desk, model_file: Path) -> None:
    chip = _chip(qtbot, desk)
    desk.services.library.add(model_file)
    qtbot.waitUntil(lambda: desk.services.library.find(str(model_file)) is not None)
    desk.set_status(state="ready", model=model_info(str(model_file)))
    model, add, show = _open_menu(chip)
    assert model.isChecked()
    model.trigger()
    add.trigger()
    show.trigger()
    assert desk.went == [UseModel(str(model_file)), AddModelFile(), ShowModels()]


def test_a_chip_that_is_gone_hears_no_more(desk: Desk) -> None:
    chip = ModelChip(desk.services.engine, desk.services.library, desk.services.go)
    shiboken6.delete(chip)
    desk.set_status(state="loading", wanted="/m/a.gguf")  # would raise if the chip still listened
