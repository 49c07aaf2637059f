"""The whole window, every screen looked at: no connection, no name looked up, no entry in the ledger."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nextword.network.secrets import Secrets
from nextword.paths import find_profile
from nextword.ui.application import Application, Options


def test_nothing_leaves_before_a_person_searches(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            tried.append(address)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", note)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **_more: tried.append(arguments) or [])
    monkeypatch.setattr(Secrets, "_ring", lambda _self: None)
    profile = find_profile(tmp_path / "profile")
    profile.create()
    application = Application(qapp, profile, Options(safe_mode=True))
    try:
        window = application.window
        with qtbot.waitExposed(window):
            window.show()
        for name in ("chat", "models", "settings", "about"):
            window.show_feature(name)
            qtbot.wait(50)
        qtbot.waitUntil(lambda: application.library.models != ())
        assert application.online.network.ledger.entries() == ()
        assert tried == []
        assert not (profile.root / "network.jsonl").exists()
    finally:
        application.close()
