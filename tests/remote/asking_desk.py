"""A network, endpoints and the engine that knows them, with a queue for the window's thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend

from nextword.asking.any_engine import AnyEngine
from nextword.engine import protocol
from nextword.engine.client import JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.network.door import Network
from nextword.network.ledger import Ledger
from nextword.network.secrets import Secrets
from nextword.remote.endpoints import Endpoint, RemoteModel
from nextword.remote.remote import Remote
from tests.deliveries import Deliveries


class NoRing(KeyringBackend):
    """A system whose key ring keeps nothing: keys go into a file of the profile."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002
        return None

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002
        raise RuntimeError("locked")

    def delete_password(self, service: str, username: str) -> None:  # noqa: ARG002
        raise RuntimeError("locked")


class Desk:
    """Everything between a person and a server, but the window."""

    def __init__(self, folder: Path) -> None:
        self.deliveries = Deliveries()
        self.network = Network(Ledger(folder / "network.jsonl"), Secrets(folder / "tokens.json", NoRing()))
        self.remote = Remote(folder / "remote.json", self.network, self.deliveries, home=folder / "hub")
        self.engine = AnyEngine(self.deliveries, self.remote, cache=folder / "cache")
        self.heard: list[JobEvent] = []

    def use(self, url: str, *, way: Any = "chat", key: str = "", model: str = "tiny") -> Endpoint:
        """Name a server and choose its model."""
        made = self.remote.endpoints.make("Test", url)
        endpoint = Endpoint(made.id, made.name, made.url, (RemoteModel(model, way),))
        self.network.secrets.put(endpoint.key_name, key)
        self.remote.endpoints.put(endpoint)
        self.engine.use(endpoint.path_of(endpoint.models[0]))
        return endpoint

    def ask(self, prompt: protocol.Prompt, **wish: Any) -> int:
        """Ask for an answer; what comes of it is in `heard`."""
        self.heard.clear()
        until = protocol.Until(wish.pop("max_tokens", 8), stop_texts=wish.pop("stop_texts", ()))
        alternatives = wish.pop("alternatives", 20)
        sampling = protocol.Sampling(**{"temperature": 0.0, "seed": 7, **wish})
        return self.engine.ask(protocol.Generate(0, prompt, sampling, until, alternatives), self.heard.append)

    def chat(self, text: str = "Hello", **wish: Any) -> int:
        return self.ask(protocol.ChatPrompt((protocol.Message("user", text),)), **wish)

    def until_ended(self) -> JobEvent:
        ends = (protocol.Finished, JobFailed)
        self.deliveries.until(lambda: self.heard and isinstance(self.heard[-1], ends))
        return self.heard[-1]

    @property
    def steps(self) -> list[TokenStep]:
        return [event.step for event in self.heard if isinstance(event, protocol.TokenChosen)]

    @property
    def text(self) -> str:
        return b"".join(step.text for step in self.steps).decode("utf-8", "replace")

    def error(self) -> NextwordError:
        """Wait for the end, which is a failure."""
        end = self.until_ended()
        assert isinstance(end, JobFailed), end
        return end.error

    def finished(self) -> protocol.Finished:
        """Wait for the end, which is none."""
        end = self.until_ended()
        assert isinstance(end, protocol.Finished), end
        return end

    def close(self) -> None:
        self.engine.close()
        self.network.close()
