"""What the history says without being asked becomes a notice, which goes away when it is over."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nextword.errors import BackupFailed, HistoryDamaged, HistoryRepaired, SavingWaits
from nextword.history.database import History
from nextword.ui.explain import explain
from nextword.ui.history_notices import HistoryNotices
from nextword.ui.notices import Notices
from nextword.ui.widgets.notice_bar import NoticeBar


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db", lambda function: function(), held=True)  # never begun


@pytest.fixture
def bar(qtbot: QtBot, history: History) -> NoticeBar:
    made = NoticeBar()
    qtbot.addWidget(made)
    notices = Notices()
    notices.withdrawn.connect(made.hide_notice)
    notices.listen(made.show_notice)
    HistoryNotices(history, notices)
    return made


def test_the_banner_of_an_answer_that_waits_goes_away_by_itself(bar: NoticeBar, history: History) -> None:
    history.saving_waits.emit(SavingWaits("disk_full", 2))
    assert bar.cards[0].property("level") == "error"
    assert "disk is full" in bar.cards[0].accessibleDescription()
    history.saving_waits.emit(None)
    assert [card.property("level") for card in bar.cards] == ["info"]


def test_a_repair_tells_what_is_there_from_where_and_what_is_not(bar: NoticeBar, history: History) -> None:
    found = HistoryRepaired("/p/history.db", "x", "/p/history.damaged-1.db", "rows", 57, 1203, 12, 1.7e9, 1)
    history.opened.emit(found)
    words = bar.cards[0].accessibleDescription().replace(",", "")  # as the system groups digits
    for part in ("1203 messages", "57 conversations", "12 of them", "at most 1 of 1204", "history.damaged-1.db"):
        assert part in words
    assert bar.cards[0].property("level") == "warning"
    history.opened.emit(HistoryDamaged("/p/history.db", "x", "/p/kept.db"))
    assert len(bar.cards) == 1
    assert bar.cards[0].property("level") == "error"


@pytest.mark.parametrize("way", ["indexes", "rows", "backup"])
def test_each_step_of_the_ladder_has_its_words(way: str) -> None:
    others = {explain(HistoryRepaired(way=other)).text for other in ("indexes", "rows", "backup") if other != way}
    assert explain(HistoryRepaired(way=way)).text not in others


def test_a_backup_that_failed_says_how_much_room_it_needs(bar: NoticeBar, history: History) -> None:
    history.backup_failed.emit(BackupFailed("no_room", needed_bytes=600_000_000, free_bytes=5_000_000))
    assert "needs 572.2 MiB" in bar.cards[0].accessibleDescription()
