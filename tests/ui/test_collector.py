"""Cycles are collected on the GUI thread, by a timer, and nowhere else."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

import nextword.ui.quick_start  # noqa: F401 (what it does is what is tested)
from nextword.ui import collector
from nextword.ui.collector import Collector


def test_no_other_thread_collects() -> None:
    assert not gc.isenabled()


def test_a_cycle_is_collected_on_the_thread_of_the_window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "WORTH_OBJECTS", 1)
    threads: list[str] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            threads.append(threading.current_thread().name)

    parent = QObject()
    made = Collector(parent)
    made._timer.setInterval(1)
    made.start()
    Cycle()
    kept = [[] for _ in range(100)]  # type: ignore[var-annotated]
    qtbot.waitUntil(lambda: bool(threads))
    made.stop()
    assert threads == ["MainThread"]
    assert len(kept) == 100
