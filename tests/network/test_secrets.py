"""Tokens lie in the key ring where there is one, else in a file that only their owner can read."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from nextword.network.secrets import Secrets

HUB, OTHER = "https://huggingface.co", "https://mirror.example"


class Ring(KeyringBackend):
    """A key ring in memory. broken: it is locked."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        self.kept.pop((service, username), None)

    def _check(self) -> None:
        if self.broken:
            raise KeyringError("locked")


@pytest.fixture
def ring() -> Ring:
    return Ring()


def test_a_token_lies_in_the_key_ring_for_its_origin(tmp_path: Path, ring: Ring) -> None:
    secrets = Secrets(tmp_path / "tokens.json", ring)
    assert secrets.put(HUB, " hf_abc123456 ") == "keyring"
    assert not (tmp_path / "tokens.json").exists()
    again = Secrets(tmp_path / "tokens.json", ring)
    assert (again.get(HUB), again.place(HUB), again.get(OTHER)) == ("hf_abc123456", "keyring", "")
    again.put(HUB, "")
    assert ring.kept == {}
    assert Secrets(tmp_path / "tokens.json", ring).get(HUB) == ""


def test_without_a_key_ring_it_lies_in_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Secrets, "_ring", lambda _self: None)
    file = tmp_path / "tokens.json"
    secrets = Secrets(file)
    assert secrets.put(HUB, "hf_abc123456") == "file"
    assert secrets.put(OTHER, "other_key") == "file"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Secrets(file).get(HUB) == "hf_abc123456"
    secrets.put(HUB, "")
    assert json.loads(file.read_text()) == {OTHER: "other_key"}
    secrets.put(OTHER, "")
    assert not file.exists()


def test_a_key_ring_that_is_locked_is_replaced_by_the_file(tmp_path: Path, ring: Ring) -> None:
    ring.broken = True
    secrets = Secrets(tmp_path / "tokens.json", ring)
    assert secrets.put(HUB, "hf_abc123456") == "file"
    assert Secrets(tmp_path / "tokens.json", ring).get(HUB) == "hf_abc123456"


def test_a_token_moves_from_the_file_to_the_key_ring(tmp_path: Path, ring: Ring) -> None:
    ring.broken = True
    Secrets(tmp_path / "tokens.json", ring).put(HUB, "hf_first12345")
    ring.broken = False
    assert Secrets(tmp_path / "tokens.json", ring).put(HUB, "hf_second12345") == "keyring"
    assert not (tmp_path / "tokens.json").exists()


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"https://huggingface.co": 5}'])
def test_a_damaged_file_of_tokens_holds_none(tmp_path: Path, ring: Ring, content: str) -> None:
    (tmp_path / "tokens.json").write_text(content)
    assert Secrets(tmp_path / "tokens.json", ring).get(HUB) in ("", "5")
