"""Writing with a model: the keys, the colours, the Inspector, other roads, the documents, and what is exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QWidget

from nextword.history.records import StoredConversation
from nextword.ui.write.compare_pane import ComparePane
from nextword.ui.write.next_token import NextToken
from nextword.ui.write.sent_pane import SentPane
from nextword.ui.write.settings_pane import SettingsPane
from nextword.ui.write.versions_pane import VersionsPane, versions_of
from nextword.write.lints import Lint
from tests.ui.write.conftest import Writing

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_keys_write_a_text_and_the_model_goes_on(writing: Writing) -> None:
    writing.type("the time")
    assert writing.text == "the time"
    writing.go_on()
    assert writing.text.startswith("the time")
    assert len(writing.text) > 8
    assert writing.page.canvas.caret == len(writing.text), "the caret goes with what is written"
    assert "bits per token" in writing.page.figures.totals.text()
    writing.until(lambda: writing.page.figures.strip.accessibleDescription())
    whole = writing.page.figures.totals.text()
    writing.press(Qt.Key.Key_Z, CONTROL)
    assert writing.text == "the time"
    assert writing.page.figures.totals.text() not in ("", whole), "what is told is of the text that is shown"
    writing.press(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert len(writing.text) > 8
    assert writing.page.figures.totals.text() == whole


def test_what_is_typed_is_taken_back_in_words(writing: Writing) -> None:
    writing.type("the time of")
    writing.press(Qt.Key.Key_Z, CONTROL)
    assert writing.text == "the time "
    writing.press(Qt.Key.Key_Backspace)
    assert writing.text == "the time"
    writing.press(Qt.Key.Key_Z, CONTROL)
    assert writing.text == "the time "


def test_a_click_on_a_token_shows_its_numbers_and_another_token_is_taken_by_its_id(writing: Writing) -> None:
    writing.type("the time")
    writing.go_on()
    session, canvas = writing.page.session, writing.page.canvas
    token = session.written.tokens_in(8, 9)[0]
    place = canvas.token_rect(token).center()
    assert canvas.token_at(place) == token
    writing.qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    inspector = writing.page.inspecting.inspector
    assert session.pinned == token
    assert inspector is not None
    assert inspector.facts is not None
    assert inspector.facts.step is session.steps[token]
    other = session.steps[token].candidates[1]
    inspector.bars.token_taken.emit(other.id)
    writing.until_idle()
    assert session.steps[token].id == other.id
    writing.page.side.show_pane("versions")
    pane = writing.page.side.widget("versions")
    assert isinstance(pane, VersionsPane)
    writing.until(lambda: pane.list.count() >= 2)


def test_a_click_opens_the_inspector_until_it_was_closed_itself(writing: Writing) -> None:
    writing.type("the time of day")
    writing.score()
    side, canvas = writing.page.side, writing.page.canvas
    canvas.token_pinned.emit(1)
    assert side.shown == "inspector"
    side.show_pane("compare")
    side.close_pane()
    canvas.token_pinned.emit(2)
    assert side.shown == "inspector"
    side.close_pane()
    canvas.token_pinned.emit(1)
    assert side.shown == ""


def test_a_version_tells_where_it_leaves_the_one_that_is_shown(writing: Writing) -> None:
    writing.type("the time of day and of night that goes on and on and never comes to an end in this small town")
    writing.press(Qt.Key.Key_Home, CONTROL)
    writing.go_on()
    writing.page.session.keeping.flush()
    writing.press(Qt.Key.Key_Z, CONTROL)
    writing.go_on()
    writing.page.side.show_pane("versions")
    pane = writing.page.side.widget("versions")
    assert isinstance(pane, VersionsPane)
    writing.until(lambda: pane.list.count() >= 2)
    document = writing.page.session.document
    assert document is not None
    kept: list[StoredConversation] = []
    writing.services.history.run(lambda conversations: conversations.read(document), done=kept.append)
    writing.until(lambda: kept)
    versions = versions_of(kept[0])
    assert [version.shown for version in versions].count(True) == 1
    for version in versions:
        if version.shown:
            assert version.text.endswith("in this small town"), "the one that is shown is told by its end"
        else:
            assert version.text.startswith("the time of day"), "the others by what stands where they part from it"


def test_versions_that_come_late_are_not_listed_beside_another_document(writing: Writing) -> None:
    writing.type("the time")
    writing.page.session.keeping.flush()
    writing.until(lambda: writing.page.session.document is not None)
    writing.page.side.show_pane("versions")
    pane = writing.page.side.widget("versions")
    assert isinstance(pane, VersionsPane)
    writing.until(lambda: pane.list.count() == 1)
    pane.refresh()
    writing.page.session.open(None)  # before they are read
    assert pane.list.count() == 0
    read: list[None] = []
    writing.services.history.run(lambda _conversations: None, done=read.append)
    writing.until(lambda: read)
    assert pane.list.count() == 0


def test_keys_go_from_token_to_token(writing: Writing) -> None:
    writing.type("the time of day")
    writing.score()
    session = writing.page.session
    writing.press(Qt.Key.Key_Left, ALT)
    first = session.pinned
    assert first == len(session.steps) - 1
    writing.press(Qt.Key.Key_Left, ALT)
    assert session.pinned == first - 1
    writing.press(Qt.Key.Key_F, ALT)
    assert session.pinned is not None
    assert session.steps[session.pinned].rank > 1
    writing.qtbot.keyClick(writing.page, Qt.Key.Key_Escape)
    assert session.pinned is None


def test_a_person_is_the_sampler(writing: Writing) -> None:
    writing.type("the time")
    writing.page.bar.one.click()
    pane = writing.page.side.widget("next")
    assert isinstance(pane, NextToken)
    writing.until(lambda: pane.bars.candidates.rowCount())
    before = len(writing.page.session.steps)
    writing.qtbot.keyClick(pane.bars, Qt.Key.Key_2)
    assert writing.page.session.steps[before].rank == 2
    writing.until(lambda: pane.bars.candidates.rowCount() and not writing.page.session.busy)
    assert writing.page.canvas.toPlainText() == writing.text


def test_what_could_come_next_is_asked_for_however_the_pane_is_opened(writing: Writing) -> None:
    writing.type("the time")
    action = next(one for one in writing.page.more.actions() if one.text() == "One token at a time")
    action.trigger()
    pane = writing.page.side.widget("next")
    assert isinstance(pane, NextToken)
    writing.until(lambda: pane.bars.model().rowCount() > 8)
    writing.until(lambda: not writing.page.session.busy)


def test_a_pasted_text_of_strange_characters_is_kept_as_it_is(writing: Writing) -> None:
    strange = "a\0b \u05e9\u05dc\u05d5\u05dd e\u0301 \U0001f600\ttab\x1b[31m\u202e end"
    QGuiApplication.clipboard().setText(strange.replace("\0", ""))
    writing.page.canvas.insert(strange + "\r\nline")
    assert writing.text == strange + "\nline"
    assert writing.page.canvas.toPlainText() == writing.text.translate({0: 0x2400, 0x1B: 0x241B})
    writing.page.canvas.selectAll()
    assert writing.page.canvas.createMimeDataFromSelection().text() == writing.text
    writing.press(Qt.Key.Key_End, CONTROL)
    writing.page.bar.score.click()
    writing.until(lambda: not writing.page.session.busy)
    assert writing.page.session.written.covered(0, len(writing.text))
    writing.page.grab()
    writing.type("!")
    assert writing.text.endswith("line!")


def test_the_keyboard_reaches_everything_and_leaves_the_text(writing: Writing) -> None:
    writing.type("the time")
    writing.press(Qt.Key.Key_Tab)
    assert writing.text == "the time"
    assert not writing.page.canvas.hasFocus()
    for widget in (
        writing.page.canvas,
        *writing.page.panes.values(),
        writing.page.column.view,
        writing.page.bar.colour,
    ):
        assert widget.accessibleName() or widget.text(), widget


def test_an_input_method_writes_whole_words(writing: Writing) -> None:
    event = QInputMethodEvent("", [])
    event.setCommitString("\u65e5\u672c")
    QGuiApplication.sendEvent(writing.page.canvas, event)
    assert writing.text == "\u65e5\u672c"


def test_halves_of_characters_share_a_rectangle(writing: Writing) -> None:
    writing.page.canvas.insert("x\U0001f600")
    writing.score()
    session, canvas = writing.page.session, writing.page.canvas
    halves = list(session.written.tokens_in(1, 2))
    assert len(halves) > 1, "the tiny vocabulary has single bytes"
    lefts = [canvas.token_rect(token).left() for token in halves]
    assert lefts == sorted(lefts)
    assert len(set(lefts)) > 1
    writing.page.grab()


def test_documents_are_listed_renamed_deleted_and_come_back(
    writing: Writing, make_writing: Callable[[], Writing]
) -> None:
    writing.type("the time")
    writing.go_on()
    text = writing.text
    writing.until(lambda: writing.page.column.rows.rowCount() == 1)
    writing.page.open_document(None)
    assert writing.text == ""
    again = make_writing()
    again.until(lambda: again.page.column.rows.rowCount() == 1)
    rows = again.page.column.rows
    again.page.column.view.activated.emit(rows.index(0))
    again.until(lambda: again.text)
    assert again.text == text
    assert all(step.candidates for step in again.page.session.steps)
    assert rows.setData(rows.index(0), "My text")
    again.until(lambda: rows.rowCount() and rows.index(0).data() == "My text")
    again.page.column.delete(again.page.session.document)  # type: ignore[arg-type]
    again.until(lambda: rows.rowCount() == 0)
    assert again.text == ""
    again.notices[-1].actions[0].run()
    again.until(lambda: again.text == text)


def test_a_document_is_exported_in_every_form(writing: Writing, some_file: Path) -> None:
    writing.type("the time")
    writing.go_on()
    writing.page.session.keeping.flush()
    writing.until(lambda: writing.page.session.document is not None)
    document = writing.page.session.document
    assert document is not None
    written: list[object] = []
    writing.page.export.written.connect(written.append)
    for count, ending in enumerate((".txt", ".md", ".html", ".jsonl", ".csv", ".json"), 1):
        writing.page.export.write(document, some_file.with_suffix(ending))
        writing.until(lambda count=count: len(written) == count)
    assert some_file.with_suffix(".txt").read_text() == writing.text
    assert writing.text.strip() in some_file.with_suffix(".md").read_text()
    rows = json.loads(some_file.with_suffix(".json").read_text())
    assert [row["id"] for row in rows] == [step.id for step in writing.page.session.steps]
    assert '"what":"document"' in some_file.with_suffix(".jsonl").read_text()


def test_what_the_model_gets_is_shown_as_tokens_and_what_may_be_wrong_is_said(writing: Writing) -> None:
    writing.type("the time ")
    writing.page.side.show_pane("sent")
    pane = writing.page.side.widget("sent")
    assert isinstance(pane, SentPane)
    writing.until(lambda: "space" in pane.lints.text())


def test_another_model_takes_the_colours_away_and_leaves_the_text(writing: Writing) -> None:
    writing.type("the time")
    writing.go_on()
    session = writing.page.session
    text, path = writing.text, session.board.model_path
    session.board.model_path = "/another/model.gguf"
    assert all(session.board.is_foreign(token) for token in range(len(session.steps)))
    assert session.board.parts(0, len(text)) == (text,), "ids of another model are not sent"
    facts = writing.page.inspecting.facts(0)
    assert facts is not None
    assert not facts.step.candidates
    assert writing.text == text
    assert not any(step.candidates for step in session.board.own_steps()), "its bars go as its colours do"
    assert [step.id for step in session.board.own_steps()] == [step.id for step in session.steps]
    writing.page.grab()
    session.board.model_path = path


def test_the_editor_keeps_two_megabytes_and_the_model_gets_what_fits(writing: Writing) -> None:
    line = "the time of day and the time of night\n"
    writing.page.canvas.insert(line * (2_000_000 // len(line)))
    size = len(writing.text)
    assert size > 1_999_000
    writing.page.bar.go.click()
    writing.until(lambda: not writing.page.session.busy)
    assert len(writing.text) > size
    assert "not fit" in writing.page.remark.text()


def test_the_focus_stays_with_what_can_be_pressed(writing: Writing) -> None:
    writing.type("the time of day")
    bar = writing.page.bar
    assert not writing.page.fill_action.isEnabled(), "this model has no tokens for it"
    bar.score.setFocus()
    writing.qtbot.keyClick(bar.score, Qt.Key.Key_Space)
    assert bar.go.hasFocus()
    writing.until_idle()


def test_backing_off_leaves_the_focus_in_the_text(writing: Writing) -> None:
    writing.type("the time of day")
    writing.go_on()
    before = writing.text
    writing.page._on_remarked((Lint("inside_token", "days", (0.1, 0.5)),))
    button = writing.page.back_off
    button.setFocus()
    writing.qtbot.keyClick(button, Qt.Key.Key_Space)
    writing.until_idle()
    assert writing.text != before
    assert writing.page.canvas.hasFocus()


def test_the_longest_length_is_told_by_what_the_context_has_room_for(writing: Writing) -> None:
    page = writing.page
    assert "8 tokens" in page.top.settings.words
    pane = page.side.show_pane("settings")
    assert isinstance(pane, SettingsPane)
    assert not pane.room.isVisible()
    page.session.change_sampling(max_tokens=2_048)
    assert "until the context is full" in page.top.settings.words
    assert pane.room.isVisible()
    assert "512 tokens" in pane.room.text()


def test_why_the_model_ended_is_told(writing: Writing) -> None:
    writing.type("the time of day")
    writing.go_on()
    assert "longest length of an answer was reached, 8 tokens" in writing.page.remark.text()
    writing.type("x")
    assert not writing.page.remark.isVisible()


def test_the_other_text_is_typed_compared_and_taken_back_by_keys(writing: Writing) -> None:
    writing.type("the time of day")
    pane = writing.page.side.show_pane("compare")
    assert isinstance(pane, ComparePane)
    other, qtbot = pane.other, writing.qtbot
    other.setFocus()
    qtbot.keyClicks(other, "the time of night")
    assert _focus_chain(other, 12).index(pane.go) < _focus_chain(other, 12).index(pane.copy)
    pane.go.click()
    writing.until(lambda: "likelier" in pane.result.text() or "equally" in pane.result.text())
    pane.copy.click()
    assert other.toPlainText() == "the time of day"
    qtbot.keyClick(other, Qt.Key.Key_Z, CONTROL)
    assert other.toPlainText() == "the time of night"
    assert pane.comparing.board.is_fresh(2), "its numbers came back with it"
    qtbot.keyClick(other, Qt.Key.Key_Z, CONTROL)
    assert other.toPlainText() == "the time of "


def _focus_chain(widget: QWidget, count: int) -> list[QWidget]:
    found = []
    for _ in range(count):
        widget = widget.nextInFocusChain()
        found.append(widget)
    return found


def test_an_empty_text_invites_in_as_many_lines_as_it_takes(writing: Writing) -> None:
    canvas = writing.page.canvas
    canvas.setPlaceholderText("word " * 60)
    image = canvas.viewport().grab().toImage()
    ground = image.pixel(image.width() - 2, image.height() - 2)
    inked = [y for y in range(image.height()) if any(image.pixel(x, y) != ground for x in range(20, image.width(), 3))]
    assert max(inked) > 2 * canvas.fontMetrics().height()
    writing.type("a")
    image = canvas.viewport().grab().toImage()
    assert image.pixel(image.width() // 2, 2 * canvas.fontMetrics().height()) == ground


def test_hovering_shows_a_card(writing: Writing) -> None:
    writing.type("the time of day")
    writing.score()
    canvas = writing.page.canvas
    writing.page.inspecting._on_hovered(1)
    writing.until(lambda: writing.page.inspecting.card.isVisible())
    writing.qtbot.mouseMove(canvas.viewport(), QPoint(2, canvas.viewport().height() - 4))
