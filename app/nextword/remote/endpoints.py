"""Endpoints that a person has named, and the models to be used there; kept in a file of the profile, without keys."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from nextword.events import Event
from nextword.network.origins import host_of, is_this_machine, origin_of
from nextword.whole_files import write_whole

PREFIX = "remote:"
Way: TypeAlias = Literal["chat", "completion"]
"""chat: messages, for instruction-tuned models; completion: plain text, for base models."""


class RemoteModel(msgspec.Struct, frozen=True):
    """A model of an endpoint. context_tokens: 0 when the server does not say."""

    name: str
    way: Way = "chat"
    context_tokens: int = 0


class Endpoint(msgspec.Struct, frozen=True):
    """url: as the person wrote it. models: those that are offered. Its key lies in the key ring, by `key_name`."""

    id: str
    name: str
    url: str
    models: tuple[RemoteModel, ...] = ()

    @property
    def base(self) -> str:
        """The address that /models, /chat/completions and /completions are added to."""
        url = self.url.strip().rstrip("/")
        for ending in ("/chat/completions", "/completions", "/models"):
            url = url.removesuffix(ending)
        return url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/v1"

    @property
    def origin(self) -> str:
        """Whom the key belongs to. Raises NoAnswer("address")."""
        return origin_of(self.url)

    @property
    def host(self) -> str:
        """The host for people, with its port."""
        return host_of(self.url)

    @property
    def key_name(self) -> str:
        """Under which name the key is kept: two endpoints of one host can have two."""
        return f"{self.origin}#{self.id}"

    @property
    def is_here(self) -> bool:
        """Whether it is a program on this machine."""
        return is_this_machine(self.host)

    def path_of(self, model: RemoteModel) -> str:
        """Return what stands for a path where models are chosen by their file."""
        return f"{PREFIX}{self.id}/{model.way}/{model.name}"


class Chosen(msgspec.Struct, frozen=True):
    """A model and where it is."""

    endpoint: Endpoint
    model: RemoteModel

    @property
    def path(self) -> str:
        """What stands for its file."""
        return self.endpoint.path_of(self.model)


def is_remote(path: str) -> bool:
    """Say whether a "path" names a remote model."""
    return path.startswith(PREFIX)


class Endpoints:
    """The list, in its order. Lives on one thread; a file that cannot be read is kept aside, not written over."""

    def __init__(self, file: Path) -> None:
        self.changed: Event[None] = Event()
        self._file = file
        self._known: tuple[Endpoint, ...] | None = None

    @property
    def all(self) -> tuple[Endpoint, ...]:
        """Read when it is first wanted."""
        if self._known is None:
            self._known = self._read()
        return self._known

    @property
    def models(self) -> tuple[Chosen, ...]:
        """Every model that is offered."""
        return tuple(Chosen(endpoint, model) for endpoint in self.all for model in endpoint.models)

    def find(self, path: str) -> Chosen | None:
        """Return the model that `path` names."""
        if not is_remote(path):
            return None
        return next((chosen for chosen in self.models if chosen.path == path), None)

    def put(self, endpoint: Endpoint) -> None:
        """Add an endpoint, or another state of one. Raises OSError when it cannot be kept."""
        others = [endpoint if known.id == endpoint.id else known for known in self.all]
        self._keep(tuple(others) if endpoint in others else (*others, endpoint))

    def remove(self, endpoint: Endpoint) -> None:
        """Forget an endpoint. Raises OSError."""
        self._keep(tuple(known for known in self.all if known.id != endpoint.id))

    @staticmethod
    def make(name: str, url: str) -> Endpoint:
        """Return a new endpoint. Raises NoAnswer("address") for what is no address."""
        host = origin_of(url).partition("://")[2]
        return Endpoint(secrets.token_hex(4), name.strip() or host, url.strip())

    def _keep(self, endpoints: tuple[Endpoint, ...]) -> None:
        write_whole(self._file, msgspec.json.format(msgspec.json.encode(endpoints)))
        self._known = endpoints
        self.changed.emit(None)

    def _read(self) -> tuple[Endpoint, ...]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=tuple[Endpoint, ...])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError):
            with contextlib.suppress(OSError):
                os.replace(self._file, self._file.with_name(f"{self._file.name}.damaged"))
            return ()
