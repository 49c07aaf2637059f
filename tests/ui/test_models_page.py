"""The models page lists files, uses, forgets and takes dropped ones; a file that is no model says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nextword.engine.header import read_header
from nextword.engine.kind import judge_kind
from nextword.errors import NextwordError
from nextword.ui.explain import explain
from nextword.ui.feature import AddModelFile, UseModel
from nextword.ui.models.library_tab import LibraryTab
from nextword.ui.models.model_list import BADGE, DETAIL, NOTE, PROBLEM
from nextword.ui.models.page import ModelsPage
from nextword.ui.widgets.figure import save
from nextword.ui.widgets.model_words import kind_hint
from tests.models import make
from tests.ui.conftest import Desk, model_info


@pytest.fixture
def whole(qtbot: QtBot, desk: Desk) -> Iterator[ModelsPage]:
    made = ModelsPage(desk.services)
    QAbstractItemModelTester(
        made.library_tab.models, QAbstractItemModelTester.FailureReportingMode.Fatal, made.library_tab
    )
    qtbot.addWidget(made)
    yield made
    made.shut_down()


@pytest.fixture
def page(whole: ModelsPage) -> LibraryTab:
    return whole.library_tab


def _add(qtbot: QtBot, desk: Desk, file: Path) -> None:
    desk.services.library.add(file)
    qtbot.waitUntil(lambda: desk.services.library.find(str(file)) is not None)


def test_a_row_says_what_the_file_is(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    index = page.models.index(0)
    known = desk.services.library.find(str(model_file))
    assert known is not None
    assert index.data() == known.name
    assert index.data(DETAIL).startswith("base · F32 · ")
    assert "context" in index.data(DETAIL)
    assert index.data(BADGE) == ""
    assert index.data(PROBLEM) is False
    assert known.name in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_what_a_model_is_and_why_is_said_below_the_list(
    qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path
) -> None:
    file = make("llama", tmp_path, template="{{ messages }}", file_name="a.gguf", metadata={"general.finetune": "chat"})
    _add(qtbot, desk, file)
    assert page.detail.kind.text().startswith("An instruct model was trained to answer.")
    assert page.detail.kind.text().endswith("because the file says general.finetune = chat.")


@pytest.mark.parametrize(
    ("finetune", "template", "said"),
    [
        ("base", "{{ messages }}", "brings a chat template all the same"),
        ("base", None, ""),
        ("chat", None, "brings no chat template, so chats are given to it as plain text"),
        ("chat", "{{ messages }}", ""),
    ],
)
def test_a_template_that_does_not_go_with_the_kind_is_told(
    finetune: str, template: str | None, said: str, tmp_path: Path
) -> None:
    path = make("llama", tmp_path, template=template, metadata={"general.finetune": finetune})
    judged = judge_kind(read_header(path))
    hint = kind_hint(judged.kind, judged.reasons)
    assert said in hint
    assert ("chat template" in hint.split("because")[1]) is bool(said)


def test_the_model_in_use_is_marked_and_cannot_be_forgotten(
    qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path
) -> None:
    _add(qtbot, desk, model_file)
    assert page.use_button.isEnabled()
    assert page.forget_button.isEnabled()
    desk.set_status(state="ready", model=model_info(str(model_file)))
    assert page.models.index(0).data(BADGE) == "in use"
    assert not page.use_button.isEnabled()
    assert not page.forget_button.isEnabled()


def test_use_asks_for_the_model(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    page.use_button.click()
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    assert desk.went == [UseModel(str(model_file))] * 2


def test_the_focus_does_not_go_to_the_next_button_when_use_can_be_pressed_no_more(
    qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path
) -> None:
    _add(qtbot, desk, model_file)
    page.window().show()
    page.window().activateWindow()
    page.use_button.setFocus()
    qtbot.waitUntil(page.use_button.hasFocus, timeout=20_000)
    desk.set_status(state="ready", model=model_info(str(model_file)))
    assert not page.use_button.isEnabled()
    assert page.detail.hasFocus()


def test_the_focus_is_back_at_rename_when_a_name_was_written(
    qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path
) -> None:
    _add(qtbot, desk, model_file)
    page.window().show()
    page.window().activateWindow()
    page.detail.rename_button.click()
    qtbot.waitUntil(page.detail.name.hasFocus, timeout=20_000)
    qtbot.keyClicks(page.detail.name, "Mine")
    qtbot.keyClick(page.detail.name, Qt.Key.Key_Return)
    assert page.detail.rename_button.hasFocus()
    known = desk.services.library.find(str(model_file))
    assert known is not None
    assert known.name == "Mine"


def test_forget_leaves_the_file(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    page.forget_button.click()
    assert page.models.rowCount() == 0
    assert desk.services.library.models == ()
    assert model_file.is_file()
    assert page.detail.model is None


def test_a_file_that_went_bad_says_why_and_cannot_be_used(
    qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path
) -> None:
    _add(qtbot, desk, model_file)
    model_file.write_bytes(b"PK\x03\x04" + b"0" * 100)
    desk.services.library.add(model_file)
    qtbot.waitUntil(lambda: page.models.index(0).data(PROBLEM) is True)
    known = desk.services.library.find(str(model_file))
    assert known is not None
    assert known.problem is not None
    assert page.models.index(0).data(NOTE).startswith(explain(known.problem).text)
    assert not page.use_button.isEnabled()


def test_dropped_files_are_added_and_the_last_is_used(
    qtbot: QtBot, desk: Desk, whole: ModelsPage, tmp_path: Path
) -> None:
    files = [make("llama", tmp_path), make("gpt2", tmp_path)]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    event = QDropEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    whole.dropEvent(event)
    qtbot.waitUntil(lambda: desk.services.library.find(str(files[0])) is not None)
    assert desk.went == [AddModelFile(str(files[1]))]


def test_a_file_that_is_no_model_is_not_listed(qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path) -> None:
    page_of_the_web = tmp_path / "model.gguf"
    page_of_the_web.write_text("<!DOCTYPE html><html>not found</html>")
    refused: list[NextwordError] = []
    desk.services.library.add(page_of_the_web, failed=refused.append)
    qtbot.waitUntil(lambda: bool(refused))
    assert page.models.rowCount() == 0
    assert "web page" in explain(refused[0]).text


def test_rows_are_drawn_in_both_themes_and_sizes(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    from nextword.ui.theme import current_theme

    _add(qtbot, desk, model_file)
    page.resize(700, 500)
    page.show()
    heights = []
    for theme, percent in (("light", 100), ("dark", 200)):
        current_theme().apply(theme, percent)
        assert not page.grab().isNull()
        heights.append(page.list.sizeHintForRow(0))
    assert heights[1] > 1.3 * heights[0]  # the spacing stays, the type doubles


def test_every_button_has_a_name(page: LibraryTab) -> None:
    for button in page.findChildren(QPushButton):
        assert button.text()
    assert page.list.accessibleName()


def test_the_file_says_what_it_needs_here(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    desk.services.fitting.refresh()
    _add(qtbot, desk, model_file)
    fit = page.detail.fit
    qtbot.waitUntil(lambda: fit.outlook is not None and fit.outlook.verdict == "fits", timeout=30_000)
    assert fit.verdict.text().startswith("Fits: it needs ")
    assert fit.bar.words().startswith("Weights ")
    assert [row[0] for row in fit.bar.table().rows][-2:] == ["total", "free"]
    assert fit.bar.accessibleDescription() == fit.bar.words()


def test_the_bar_is_a_figure_that_can_be_written(
    qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path, tmp_path: Path
) -> None:
    _add(qtbot, desk, model_file)
    qtbot.waitUntil(lambda: page.detail.fit.outlook is not None, timeout=30_000)
    for ending in (".svg", ".png", ".pdf", ".csv", ".json"):
        save(page.detail.fit.bar, tmp_path / f"fit{ending}")
        assert (tmp_path / f"fit{ending}").stat().st_size > 50


def test_a_name_and_notes_are_kept(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    page.detail.rename_button.click()
    page.detail.name.setText("My own name")
    qtbot.keyClick(page.detail.name, Qt.Key.Key_Return)
    assert page.models.index(0).data() == "My own name"
    page.detail.notes.setPlainText("for poems")
    qtbot.waitUntil(lambda: desk.services.library.find(str(model_file)).notes == "for poems")  # type: ignore[union-attr]


def test_verifying_ends_with_a_word(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    page.detail.verify_button.click()
    qtbot.waitUntil(lambda: page.current is not None and page.current.verified == "same")
    with model_file.open("r+b") as file:
        file.seek(-4, 2)
        file.write(b"\x01\x02\x03\x04")
    page.detail.verify_button.click()
    qtbot.waitUntil(lambda: "not what it was" in page.detail.note.text())


def test_a_deleted_model_is_in_the_trash_and_comes_back(
    qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    file = make("llama", tmp_path, file_name="mine.gguf")
    _add(qtbot, desk, file)
    desk.services.library.annotate(str(file), "dear")
    page.detail.delete_button.click()
    assert not file.exists()
    assert page.models.rowCount() == 0
    assert (tmp_path / "share" / "Trash" / "files" / "mine.gguf").is_file()
    notice = desk.told[-1]
    assert "in the trash" in notice.text
    notice.actions[0].run()
    assert file.is_file()
    known = desk.services.library.find(str(file))
    assert known is not None
    assert known.notes == "dear"


def test_the_next_model_is_chosen_when_one_goes(qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path) -> None:
    files = [make("llama", tmp_path, file_name=f"{name}.gguf") for name in "abc"]
    for file in files:
        _add(qtbot, desk, file)
    page.point_at(str(files[1]))
    page.forget_button.click()
    assert page.current is not None
    assert page.current.path == str(files[2])


def test_the_model_in_use_is_chosen_when_the_page_is_first_seen(
    qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path
) -> None:
    files = [make("llama", tmp_path, file_name=f"{name}.gguf") for name in "ab"]
    for file in files:
        _add(qtbot, desk, file)
    desk.set_status(state="ready", model=model_info(str(files[1])))
    page.begin()
    assert page.current is not None
    assert page.current.path == str(files[1])


def test_models_that_call_themselves_alike_are_told_apart(
    qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path
) -> None:
    name = {"general.name": "Alike"}
    made = [
        make("llama", tmp_path, quantization="Q8_0", metadata=name, file_name="one.gguf"),
        make("llama", tmp_path, quantization="F16", metadata=name, file_name="two.gguf"),
        make("llama", tmp_path, quantization="F16", metadata=name, file_name="three.gguf"),
        make("llama", tmp_path, metadata={"general.name": "Alone"}, file_name="four.gguf"),
    ]
    for path in made:
        desk.services.library.add(path)
    qtbot.waitUntil(lambda: page.models.rowCount() == len(made), timeout=30_000)
    titles = [page.models.index(page.models.row_of(str(path))).data() for path in made]
    assert titles == ["Alike · Q8_0", "Alike · two", "Alike · three", "Alone"]


def test_a_forgotten_model_comes_back_by_undo(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    page.forget_button.click()
    desk.told[-1].actions[0].run()
    assert desk.services.library.find(str(model_file)) is not None


def test_what_another_program_has_is_offered_added_and_never_deleted(
    qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    theirs = make("llama", tmp_path / "home" / ".lmstudio" / "models", file_name="theirs.gguf")
    desk.services.library.look_elsewhere(tmp_path / "home")
    qtbot.waitUntil(lambda: any(found.path == str(theirs) for found in desk.services.library.elsewhere))
    row = next(row for row in range(page.models.rowCount()) if page.models.index(row).data() == "theirs")
    page._select(row)
    assert "LM Studio" in page.found.words.text()
    page.found.add_button.click()
    qtbot.waitUntil(lambda: desk.services.library.find(str(theirs)) is not None)
    page.point_at(str(theirs))
    page.detail.delete_button.click()
    assert "another program" in desk.told[-1].text
    assert theirs.is_file()


def test_a_file_that_is_gone_is_marked(qtbot: QtBot, desk: Desk, page: LibraryTab, model_file: Path) -> None:
    _add(qtbot, desk, model_file)
    model_file.unlink()
    desk.services.library.look_again()
    qtbot.waitUntil(lambda: page.models.index(0).data(BADGE) == "missing")
    assert not page.detail.delete_button.isEnabled()


def test_the_twin_that_is_here_is_used(qtbot: QtBot, desk: Desk, page: LibraryTab, tmp_path: Path) -> None:
    base = make("llama", tmp_path, file_name="a.gguf", metadata={"general.name": "Tiny 1B"})
    chat = make("llama", tmp_path, file_name="b.gguf", metadata={"general.name": "Tiny 1B Instruct"})
    for file in (base, chat):
        _add(qtbot, desk, file)
    page.point_at(str(base))
    qtbot.waitUntil(lambda: page.detail.twin_button.text() == "Use the instruct twin")
    page.detail.twin_button.click()
    assert desk.went == [UseModel(str(chat))]
