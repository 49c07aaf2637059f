"""A paragraph that is too long to be laid out at every key is shown in pieces; the text knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from nextword.ui.write import places
from nextword.ui.write.places import ShownText, pieces
from tests.ui.write.conftest import Writing

LONGEST = 40


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take paragraphs of more than forty characters for long."""
    monkeypatch.setattr(places, "LONGEST_CHARACTERS", LONGEST)
    monkeypatch.setattr(places, "_NEAR", 10)
    return


def test_a_long_paragraph_is_cut_behind_spaces() -> None:
    text = "short\n" + "word " * 30 + "\n" + "x" * 100
    found = pieces(text)
    assert "".join(found) == text
    lines = [line for piece in found for line in piece.split("\n")]
    assert max(map(len, lines)) <= LONGEST
    assert found[0].endswith(" ")
    assert pieces("a\nb") == ["a\nb"]


edits = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1), st.floats(0, 1), st.text("ab \n\U0001f600", max_size=130)), max_size=12
)


@given(edits=edits)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_and_view_stay_the_same_text_through_all_changes(edits: list[tuple[bool, float, float, str]]) -> None:
    shown, text = ShownText(), ""
    for by_person, one, other, added in edits:
        low, high = sorted((one, other))
        if by_person:  # in what the view holds, breaks of its own among it
            raw = shown.raw
            start, end = round(low * len(raw)), round(high * len(raw))
            first, last, put = shown.follow(raw[:start] + added + raw[end:])
            text = text[:first] + put + text[last:]
        else:
            start, end = round(low * len(text)), round(high * len(text))
            shown.replace(start, end, added)
            text = text[:start] + added + text[end:]
        assert shown.text == text
        assert shown.breaks == sorted(set(shown.breaks))
        lines = list(shown.raw)
        for number, place in reversed(list(enumerate(shown.breaks))):
            assert lines.pop(place + number) == "\n"
        assert "".join(lines) == text
        found = shown.places()
        assert [found.characters(found.units(place)) for place in range(len(text) + 1)] == [*range(len(text) + 1)]


def test_a_long_paragraph_is_written_in_as_any_other(writing: Writing) -> None:
    canvas, qtbot = writing.page.canvas, writing.qtbot
    text = "the time of day and the time of night " * 6
    canvas.insert(text)
    assert writing.text == text
    assert canvas.document().blockCount() > 4
    second = canvas.document().findBlockByNumber(2)
    cursor = QTextCursor(second)
    canvas.setTextCursor(cursor)
    place = canvas.caret
    assert text.startswith(second.text(), place)
    qtbot.keyClicks(canvas, "no ")
    assert writing.text == text[:place] + "no " + text[place:]
    for _ in range(3):
        qtbot.keyClick(canvas, Qt.Key.Key_Backspace)
    assert writing.text == text
    qtbot.keyClick(canvas, Qt.Key.Key_Backspace)  # the break of the view alone
    assert writing.text == text
    assert canvas.caret == place
    qtbot.keyClick(canvas, Qt.Key.Key_Backspace)
    assert writing.text == text[: place - 1] + text[place:]
    canvas.undo_requested.emit()
    canvas.undo_requested.emit()
    canvas.selectAll()
    assert canvas.createMimeDataFromSelection().text() == writing.text


def test_its_tokens_lie_on_their_words(writing: Writing) -> None:
    canvas = writing.page.canvas
    canvas.insert("the time of day and the time of night " * 6)
    writing.page.bar.score.click()
    writing.until(lambda: not writing.page.session.busy)
    written = writing.page.session.written
    tops = []
    for token in range(len(written)):
        rect = canvas.token_rect(token)
        assert rect.width() > 0
        assert canvas.token_at(rect.center()) == token
        tops.append(rect.top())
    assert tops == sorted(tops)
