"""What other threads deliver runs on the GUI thread, in order, and not after the end."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from nextword.ui.bridge import Bridge


def test_five_thousand_calls_arrive_in_order_on_the_gui_thread(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[int, int]] = []

    def call(number: int) -> None:
        seen.append((number, threading.get_ident()))

    def work() -> None:
        for number in range(5_000):
            bridge.deliver(partial(call, number))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == []  # nothing runs before the event loop has its turn
    qtbot.waitUntil(lambda: len(seen) == 5_000)
    assert [number for number, _ in seen] == list(range(5_000))
    assert {ident for _, ident in seen} == {threading.get_ident()}


def test_a_call_from_the_gui_thread_waits_for_its_turn(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.deliver(lambda: seen.append(1))
    assert seen == []
    qtbot.waitUntil(lambda: seen == [1])


def test_drain_runs_what_is_waiting() -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.deliver(lambda: seen.append(1))
    bridge.deliver(lambda: seen.append(2))
    bridge.drain()
    assert seen == [1, 2]


@pytest.mark.usefixtures("qtbot")
def test_nothing_runs_after_close() -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.deliver(lambda: seen.append(1))
    bridge.close()
    bridge.deliver(lambda: seen.append(2))
    QCoreApplication.sendPostedEvents(bridge)
    assert seen == []
