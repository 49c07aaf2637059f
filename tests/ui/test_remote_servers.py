"""Servers in the window: named, tested, their models chosen; what they say of tokens is marked as theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nextword.asking.any_engine import AnyEngine
from nextword.engine.tokens import TokenStep
from nextword.hub.library import Library
from nextword.network.door import Network
from nextword.network.ledger import Ledger
from nextword.network.secrets import Secrets
from nextword.remote.remote import Remote
from nextword.remote.steps import chat_steps, plain_step
from nextword.ui.bridge import Bridge
from nextword.ui.feature import Place, UseModel
from nextword.ui.models.remote_servers import RemoteServers
from nextword.ui.notices import Notice, Notices
from nextword.ui.widgets.entropy_strip import EntropyStrip
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.model_chip import ModelChip
from nextword.ui.widgets.tint import height_of, strength_of
from nextword.ui.widgets.token_facts import TokenFacts
from tests.remote.asking_desk import NoRing
from tests.remote.scripted_server import Reply, Scripted, refusal

KEY = "sk-window-canary-42"


def _answer(path: str, _body: Any) -> Reply:
    assert path == "/v1/models"
    return 200, {}, json.dumps({"data": [{"id": "base-1b"}, {"id": "chat-8b", "max_model_len": 8192}]}).encode()


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted(_answer)
    yield made
    made.close()


@pytest.fixture
def remote(tmp_path: Path, qapp: QApplication) -> Iterator[Remote]:
    assert qapp is QApplication.instance(), "the bridge needs it"
    bridge = Bridge()
    network = Network(Ledger(), Secrets(tmp_path / "tokens.json", NoRing()))
    made = Remote(tmp_path / "remote.json", network, bridge.deliver, home=tmp_path / "hub")
    yield made
    made.close()
    network.close()
    bridge.drain()
    bridge.close()


class _Heard:
    def __init__(self) -> None:
        self.places: list[Place] = []
        self.notices: list[Notice] = []

    def go(self, place: Place) -> bool:
        self.places.append(place)
        return True


@pytest.fixture
def heard() -> _Heard:
    return _Heard()


@pytest.fixture
def page(remote: Remote, heard: _Heard, qtbot: QtBot) -> Iterator[RemoteServers]:
    notices = Notices()
    notices.listen(heard.notices.append)
    made = RemoteServers(remote, notices, heard.go)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut_down()


def _write(field: Any, text: str, qtbot: QtBot) -> None:
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, text)
    field.editingFinished.emit()


def test_a_server_is_named_tested_and_its_models_are_offered(
    page: RemoteServers, remote: Remote, server: Scripted, heard: _Heard, qtbot: QtBot
) -> None:
    page.add.click()
    assert server.seen == [], "nothing is sent before the person says so"
    form = page.form
    _write(form.name, "Office", qtbot)
    _write(form.address, server.url, qtbot)
    _write(form.key, KEY, qtbot)
    assert form.key.text() == "", "a key is not shown again"
    form.test.click()
    qtbot.waitUntil(lambda: form.models.topLevelItemCount() == 2)
    assert server.seen[0][2]["authorization"] == f"Bearer {KEY}"
    assert "2 models" in form.outcome.text()
    assert remote.endpoints.models == ()
    form.models.topLevelItem(1).setCheckState(0, Qt.CheckState.Checked)
    form.models.itemWidget(form.models.topLevelItem(1), 1).setCurrentIndex(1)
    [chosen] = remote.endpoints.models
    assert (chosen.endpoint.name, chosen.model.name, chosen.model.way) == ("Office", "chat-8b", "completion")
    assert chosen.model.context_tokens == 8192
    form.models.setCurrentItem(form.models.topLevelItem(1))
    form.use.click()
    assert heard.places == [UseModel(chosen.path)]
    assert form.outcome.text() == "chat-8b is in use now."
    assert "file that only you can read" in form.key_note.text()


def test_a_server_that_is_not_there_is_told_in_words(page: RemoteServers, remote: Remote, qtbot: QtBot) -> None:
    page.add.click()
    _write(page.form.address, "http://127.0.0.1:9/v1", qtbot)
    page.form.test.click()
    qtbot.waitUntil(lambda: not page.form.testing)
    assert "127.0.0.1:9" in page.form.outcome.text()
    _write(page.form.address, "no address", qtbot)
    assert page.form.outcome.text()
    assert remote.endpoints.all[0].url == "http://127.0.0.1:9/v1"


def test_a_wrong_key_is_told_in_words(page: RemoteServers, qtbot: QtBot) -> None:
    refusing = Scripted(lambda _path, _body: refusal(401, "bad key"))
    try:
        page.add.click()
        _write(page.form.address, refusing.url, qtbot)
        page.form.test.click()
        qtbot.waitUntil(lambda: not page.form.testing)
        assert "It says: bad key. " in page.form.outcome.text()
        assert page.form.outcome.property("type") == "error"
    finally:
        refusing.close()


def test_a_server_that_was_removed_comes_back(page: RemoteServers, remote: Remote, heard: _Heard) -> None:
    page.add.click()
    before = remote.endpoints.all
    page.form.remove.click()
    assert remote.endpoints.all == ()
    undo = heard.notices[-1].actions[0]
    undo.run()
    assert remote.endpoints.all == before
    assert page.list.count() == 1


def test_the_chip_offers_remote_models_apart_and_shows_a_chosen_one_with_its_host(
    remote: Remote, server: Scripted, heard: _Heard, tmp_path: Path, qtbot: QtBot
) -> None:
    from msgspec.structs import replace

    from nextword.remote.endpoints import RemoteModel

    endpoint = remote.endpoints.make("Office", server.url)
    remote.endpoints.put(replace(endpoint, models=(RemoteModel("chat-8b"),)))
    bridge = Bridge()
    engine = AnyEngine(bridge.deliver, remote, cache=tmp_path / "cache")
    library = Library(tmp_path / "library.json", bridge.deliver)
    chip = ModelChip(engine, library, heard.go)
    qtbot.addWidget(chip)
    chip.menu().aboutToShow.emit()
    actions = {action.text().split("\t")[0]: action for action in chip.menu().actions()}
    actions["chat-8b"].trigger()
    [place] = heard.places
    assert isinstance(place, UseModel)
    engine.use(place.path)
    assert "chat-8b" in chip.accessibleName()
    assert endpoint.host in chip.accessibleName()
    assert "leaves this machine" in chip.toolTip()
    assert server.seen == []
    chip.grab()
    engine.close()
    library.close()
    bridge.drain()
    bridge.close()


def _facts(step: TokenStep) -> TokenFacts:
    return TokenFacts(step=step, position=0, count=1)


def test_what_a_server_says_of_a_token_is_shown_as_its_word(qtbot: QtBot) -> None:
    tops = [{"token": " a", "logprob": -0.5}, {"token": " b", "logprob": -1.5}]
    [step] = chat_steps([{"token": " b", "logprob": -1.5, "top_logprobs": tops}])
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.show_facts(_facts(step))
    words = inspector.in_words()
    assert "as the server says it: its 2 likeliest tokens" in words
    assert "probability: 22.3" in words
    assert "after the sampler" not in words
    assert "– bits ≈ – choices" in words
    assert "nan" not in words
    inspector.show_facts(_facts(plain_step("Hi")))
    assert "the server gave no probabilities" in inspector.in_words()
    assert _facts(step).offered == frozenset(), "no branch without the token's id"


def test_an_unknown_entropy_is_neither_tinted_nor_drawn(qtbot: QtBot) -> None:
    [step] = chat_steps([{"token": "x", "logprob": -3.0, "top_logprobs": []}])
    assert strength_of(step, "entropy") == height_of(step, "entropy") == 0.0
    assert strength_of(step, "surprisal") > 0
    strip = EntropyStrip()
    qtbot.addWidget(strip)
    strip.show_steps([step], None, "entropy")
    strip.resize(100, 40)
    strip.grab()
