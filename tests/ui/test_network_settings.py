"""The network on the settings page: every setting, the token, the test of the connection, the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nextword.network.ledger import Entry
from nextword.network.secrets import Secrets
from nextword.settings import DECLARATIONS
from nextword.ui.settings.network import NetworkSection
from nextword.ui.settings.network_ledger import LedgerView, together
from tests.fault_hub import FaultHub, Repo, page
from tests.ui.conftest import Desk


@pytest.fixture
def section(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetworkSection]:
    monkeypatch.setattr(Secrets, "_ring", lambda _self: None)  # never the key ring of who runs the tests
    made = NetworkSection(desk.services.settings, desk.services.notices, desk.services.online)
    qtbot.addWidget(made)
    for name, row in made.rows.items():
        row.show_value(desk.services.settings.value.get(name))
    made.show()
    return made


@pytest.fixture
def hub() -> Iterator[FaultHub]:
    made = FaultHub(Repo("some/model", {"model.gguf": b"GGUF"}))
    yield made
    made.close()


def test_every_setting_of_the_network_has_a_row_with_a_name(section: NetworkSection) -> None:
    assert set(section.rows) == {name for name in DECLARATIONS if name.startswith("network.")}
    assert all(row.field.accessibleName() for row in section.rows.values())


def test_nothing_leaves_while_the_page_is_looked_at(section: NetworkSection, desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "No token" in section.token.state.text())
    section.ledger.open()
    assert desk.services.online.network.ledger.entries() == ()


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("network.endpoint", "hub.example", "https://hub.example/"),
        ("network.endpoint", "ftp://hub.example", "http://127.0.0.1:9"),
        ("network.endpoint", "https://me:secret@hub.example", "https://hub.example"),
        ("network.proxy", "proxy:3128", "http://proxy:3128"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(
    section: NetworkSection, desk: Desk, name: str, wrong: str, right: str
) -> None:
    row = section.rows[name]
    before = desk.services.settings.value.get(name)
    row.field.entered.emit(wrong)
    assert row.error.text()
    assert desk.services.settings.value.get(name) == before
    row.field.entered.emit(right)
    assert not row.error.isVisible()
    assert desk.services.settings.value.get(name) == right


def _answer(section: NetworkSection, qtbot: QtBot) -> str:
    section.test_button.click()
    assert section.test_button.isEnabled()  # it keeps the focus
    qtbot.waitUntil(lambda: not section.testing, timeout=20_000)
    return section.result.text()


def test_the_connection_is_tested(section: NetworkSection, hub: FaultHub, qtbot: QtBot) -> None:
    section.rows["network.endpoint"].field.entered.emit(hub.url)
    assert "answers" in _answer(section, qtbot)
    hub.lie = lambda _request, _answer: page()
    assert "log in" in _answer(section, qtbot)
    section.rows["network.offline"].field.entered.emit(True)
    count = len(hub.requests)
    assert "offline" in _answer(section, qtbot)
    assert len(hub.requests) == count


def test_a_token_is_kept_and_forgotten_and_not_shown(
    section: NetworkSection, hub: FaultHub, desk: Desk, qtbot: QtBot
) -> None:
    hub.repos["some/model"].token = "hf_CANARYcanary1234"
    section.rows["network.endpoint"].field.entered.emit(hub.url)
    section.token.field.setText(" hf_CANARYcanary1234 ")
    section.token.keep_button.click()
    qtbot.waitUntil(lambda: "tokens.json" in section.token.state.text())
    assert section.token.field.text() == ""
    file = desk.services.profile.root / "tokens.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "somebody" in _answer(section, qtbot)
    section.token.forget_button.click()
    qtbot.waitUntil(lambda: "No token" in section.token.state.text())
    assert not file.exists()


def files_of(desk: Desk) -> str:
    """What lies in the files of the settings, the one before as well."""
    return "".join(path.read_text() for path in desk.services.profile.root.glob("settings*.json"))


def test_the_password_of_a_proxy_does_not_stay_in_its_address(
    section: NetworkSection, desk: Desk, qtbot: QtBot
) -> None:
    row, kept = section.rows["network.proxy"], desk.services.profile.root / "tokens.json"
    assert not section.password.isVisible()
    qtbot.keyClicks(row.field, "http://me:CANARYword@proxy:3128")
    row.flush()
    qtbot.waitUntil(lambda: "tokens.json" in section.password.state.text(), timeout=20_000)
    assert desk.services.settings.value.network.proxy == "http://me@proxy:3128"
    assert row.field.text() == "http://me@proxy:3128"
    assert "CANARYword" in kept.read_text()
    assert "CANARYword" not in files_of(desk)
    section.password.field.setText("another word")
    section.password.keep_button.click()
    qtbot.waitUntil(lambda: "another word" in kept.read_text(), timeout=20_000)
    row.field.entered.emit("")
    qtbot.waitUntil(lambda: not kept.exists(), timeout=20_000)
    assert not section.password.isVisible()


def test_a_password_of_a_proxy_in_the_settings_of_an_earlier_version_moves_to_the_tokens(
    section: NetworkSection, desk: Desk, qtbot: QtBot
) -> None:
    settings = desk.services.settings
    for value in ("http://me:CANARYword@proxy:3128", "", "http://me:CANARYword@proxy:3128"):
        settings.set("network.proxy", value)
    assert "CANARYword" in files_of(desk)
    desk.services.online.begin()
    qtbot.waitUntil(lambda: settings.value.network.proxy == "http://me@proxy:3128", timeout=20_000)
    qtbot.waitUntil(lambda: "CANARYword" not in files_of(desk), timeout=20_000)
    assert desk.services.online.network.proxy_address() == "http://me:CANARYword@proxy:3128"
    assert section.rows["network.proxy"].error.text() == ""


def test_a_password_is_not_forgotten_when_its_proxy_is_wanted_again(
    section: NetworkSection, desk: Desk, qtbot: QtBot
) -> None:
    online, settings = desk.services.online, desk.services.settings
    settings.set("network.proxy", "http://me@proxy:1")
    kept: list[str] = []
    online.keep_password("a pass phrase", kept.append, lambda _error: None)
    qtbot.waitUntil(lambda: bool(kept), timeout=20_000)
    online._unwanted.add("proxy me@proxy:1")  # the proxy was another one, and this is the job to forget it
    settings.set("network.proxy", "")
    settings.set("network.proxy", "http://me@proxy:1")
    online.keep_proxy("http://me:a new one@proxy:1", kept.append, lambda _error: None)
    online._forget("proxy me@proxy:1")
    qtbot.waitUntil(lambda: len(kept) == 2, timeout=20_000)
    assert online.network.secrets.get("proxy me@proxy:1") == "a new one"
    assert section.isVisible()


def test_a_wrong_address_of_a_proxy_is_refused_without_its_password(section: NetworkSection) -> None:
    row = section.rows["network.proxy"]
    row.field.entered.emit("me:CANARYword@proxy:3128")
    assert row.error.text()
    assert "CANARYword" not in row.error.text()


def test_the_ledger_puts_requests_of_one_errand_together() -> None:
    def entry(when: float, host: str, purpose: str) -> Entry:
        return Entry(when, host, purpose, "GET", "/", 200, 0, 100, 0.1, "answered")

    lines = together([entry(1, "a", "search"), entry(2, "b", "download"), entry(3, "b", "download")])
    assert [(line.host, line.requests, line.received_bytes, line.when) for line in lines] == [
        ("b", 2, 200, 2),
        ("a", 1, 100, 1),
    ]


def test_the_ledger_is_seen_exported_and_cleared(
    section: NetworkSection, hub: FaultHub, qtbot: QtBot, tmp_path: Path
) -> None:
    section.rows["network.endpoint"].field.entered.emit(hub.url)
    _answer(section, qtbot)
    view = section.ledger.open()
    assert isinstance(view, LedgerView)
    assert view.model.rowCount() == 1
    shown: Callable[[int], object] = lambda column: view.model.data(view.model.index(0, column))  # noqa: E731
    assert shown(1) == hub.url.removeprefix("http://")
    assert shown(2) == "connection test"
    view.export.write(tmp_path / "ledger.csv")
    assert "connection test" in (tmp_path / "ledger.csv").read_text()
    view.clear.click()
    assert view.model.rowCount() == 0
    assert "Nothing" in view.words.text()
