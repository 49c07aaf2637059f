"""What can go wrong between this machine and a server, and with what is downloaded; see nextword.errors."""

from __future__ import annotations

from nextword.errors import NextwordError
from nextword.late_dataclass import late_dataclass


class NetworkError(NextwordError):
    """Something that needs the network did not work."""


@late_dataclass
class SwitchedOffline(NetworkError):
    """The offline switch is on: nothing was sent. host: to whom it would have gone."""

    host: str = ""


@late_dataclass
class NoAnswer(NetworkError):
    """A server was not reached, or its answer cannot be used.

    reason: one of unknown_host, refused, unreachable, timeout, interrupted, proxy, proxy_login, certificate, clock,
    ca_file, login_page, server, not_hub, redirects, address, too_large. status: of HTTP, 0 for none.
    """

    reason: str
    host: str = ""
    status: int = 0
    detail: str = ""


@late_dataclass
class RateLimited(NetworkError):
    """The server takes no more requests for now. wait_seconds: what it asks for, 0 when it does not say."""

    host: str
    wait_seconds: float = 0.0


@late_dataclass
class HubRefused(NetworkError):
    """The hub does not give what was asked for.

    reason: one of gated, gated_token, missing_repo, missing_revision, missing_file, private, disabled, bad_token,
    token_not_sent, forbidden, bad_request. page: where a person can do something about it, "" for nowhere.
    """

    reason: str
    repo: str = ""
    detail: str = ""
    page: str = ""


@late_dataclass
class DownloadFailed(NetworkError):
    """A file was not taken as it came, or cannot be kept. Nothing of it is used.

    reason: one of wrong_hash, no_hash, wrong_length, no_ranges, wrong_range, encoded, moved_revision, lfs_pointer,
    web_page, not_gguf, split_incomplete, bad_name, same_name, exists, no_room, no_folder, disk, journal.
    needed_bytes, free_bytes: with no_room alone.
    """

    reason: str
    file: str = ""
    detail: str = ""
    needed_bytes: int = 0
    free_bytes: int = 0


@late_dataclass
class RemoteRefused(NetworkError):
    """A server with models does not do what was asked, or what was asked needs a model on this machine.

    reason: one of key, key_not_sent, model, request, not_compatible, tokens, way, scores, unknown. tokens: to go on
    from exact ones; way: a text for a model that is asked for chats; scores: probabilities of given text, counts,
    several continuations; unknown: the endpoint was removed.
    """

    reason: str
    host: str = ""
    model: str = ""
    detail: str = ""
