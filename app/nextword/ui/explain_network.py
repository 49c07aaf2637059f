"""The words for everything that can go wrong between this machine and a server."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLocale

from nextword import network_errors as errors
from nextword.ui.explain_downloads import download
from nextword.ui.explain_remote import remote
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def network(error: errors.NetworkError) -> Explanation | None:
    """Return the words for an error of the network, None for a class without any."""
    match error:
        case errors.SwitchedOffline():
            return Explanation(
                translate("explain", "Nextword is offline"),
                translate("explain", "The offline switch is on, so nothing was sent{to}.").format(to=_to(error.host)),
                translate("explain", "Switch it off under Settings, Network, and try again."),
            )
        case errors.RateLimited():
            return Explanation(
                translate("explain", "The server asks for a pause"),
                translate("explain", "{host} has had too many requests from this address. {wait}").format(
                    host=_host(error.host), wait=_wait(error.wait_seconds)
                ),
                translate("explain", "Try again then. With a token of your own the limits are higher."),
            )
        case errors.NoAnswer():
            return _no_answer(error)
        case errors.HubRefused():
            return _refused(error)
        case errors.DownloadFailed():
            return download(error)
        case errors.RemoteRefused():
            return remote(error)
        case _:
            return None


def _host(host: str) -> str:
    return short(host, 80) or translate("explain", "The server")


def _to(host: str) -> str:
    return translate("explain", " to {host}").format(host=short(host, 80)) if host else ""


def _wait(seconds: float) -> str:
    if not 0 < seconds < 1e9:
        return translate("explain", "It does not say for how long.")
    if seconds < 90:
        return translate("explain", "It asks to wait {count} seconds.").format(
            count=QLocale().toString(math.ceil(seconds))
        )
    return translate("explain", "It asks to wait {count} minutes.").format(
        count=QLocale().toString(math.ceil(seconds / 60))
    )


def _no_answer(error: errors.NoAnswer) -> Explanation:
    title = translate("explain", "{host} could not be reached").format(host=_host(error.host))
    if error.reason in ("login_page", "server", "not_hub", "redirects", "too_large"):
        title = translate("explain", "{host} did not answer as expected").format(host=_host(error.host))
    if error.reason in ("address", "ca_file"):
        title = translate("explain", "The network is not set up")
    words = {**_ways(), **_answers()}.get(
        error.reason,
        (
            translate("explain", "The connection failed."),
            translate("explain", "Check the network, then try again."),
        ),
    )
    status = translate("explain", " (HTTP {status})").format(status=error.status) if error.status else ""
    detail = f" {short(error.detail, 160)}" if error.detail else ""
    return Explanation(title, f"{words[0]}{status}{detail}", words[1])


def _ways() -> dict[str, tuple[str, str]]:
    again = translate("explain", "Check the network, then try again.")
    return {
        "unknown_host": (
            translate("explain", "This machine finds no server of that name: it is offline, or the name is wrong."),
            translate("explain", "Check the network, and the hub's address under Settings, Network."),
        ),
        "refused": (
            translate("explain", "A machine is there, but nothing on it takes the connection."),
            translate("explain", "Check the hub's address and port under Settings, Network."),
        ),
        "unreachable": (translate("explain", "No way leads there from this network."), again),
        "timeout": (translate("explain", "The server was silent for too long."), again),
        "interrupted": (translate("explain", "The connection broke off in the middle."), again),
        "proxy": (
            translate("explain", "The proxy did not let the connection through."),
            translate("explain", "Check the proxy under Settings, Network."),
        ),
        "proxy_login": (
            translate("explain", "The proxy asks for a name and a password."),
            translate(
                "explain",
                "Write the name into its address under Settings, Network, like http://name@host:port; a place for the "
                "password then stands below it.",
            ),
        ),
        "certificate": (
            translate("explain", "The server's certificate is not one that this machine trusts, so nothing was sent."),
            translate(
                "explain",
                "If your organization looks into encrypted connections, name its CA file under Settings, Network.",
            ),
        ),
        "clock": (
            translate("explain", "The server's certificate is not valid at the time that this machine's clock shows."),
            translate("explain", "Set the clock, then try again."),
        ),
        "ca_file": (
            translate("explain", "The CA file cannot be read as certificates in PEM form."),
            translate("explain", "Choose another file under Settings, Network, or leave the field empty."),
        ),
        "address": (
            translate("explain", "The address is not one that can be used."),
            translate("explain", "Write it like https://huggingface.co; for a proxy like http://host:port."),
        ),
    }


def _answers() -> dict[str, tuple[str, str]]:
    return {
        "login_page": (
            translate("explain", "A web page came in place of the answer: this network probably asks you to log in."),
            translate("explain", "Open any page in a browser, log in there, then try again."),
        ),
        "server": (
            translate("explain", "The server has a fault of its own."),
            translate("explain", "Try again in a while."),
        ),
        "not_hub": (
            translate("explain", "The answer is not one that a model hub gives."),
            translate("explain", "Check the hub's address under Settings, Network."),
        ),
        "redirects": (
            translate("explain", "The server sends every request on to another address."),
            translate("explain", "Check the hub's address under Settings, Network."),
        ),
        "too_large": (
            translate("explain", "The answer is larger than any that Nextword reads."),
            translate("explain", "Check the hub's address under Settings, Network."),
        ),
    }


def _refused(error: errors.HubRefused) -> Explanation:
    repo = short(error.repo, 100) or translate("explain", "the model")
    title = translate("explain", "The hub does not give {repo}").format(repo=repo)
    text, advice = _refusals().get(
        error.reason,
        (
            translate("explain", "The hub refused the request."),
            translate("explain", "Try again later, or choose another model."),
        ),
    )
    if error.page:
        advice = f"{advice} {short(error.page, 200)}"
    detail = f" {short(error.detail, 160)}" if error.detail else ""
    return Explanation(title, text + detail, advice)


def _refusals() -> dict[str, tuple[str, str]]:
    token = translate("explain", "Check your token under Settings, Network.")
    return {
        "gated": (
            translate("explain", "Its makers let only people have it who accepted their terms, and no token was sent."),
            translate("explain", "Accept the terms on its page, then put your token in under Settings, Network."),
        ),
        "gated_token": (
            translate("explain", "Its makers did not yet let the account have it that your token belongs to."),
            translate("explain", "Accept the terms on its page, or wait until you are let in."),
        ),
        "missing_repo": (
            translate("explain", "It does not exist there, or only its owners can see it."),
            translate("explain", "Check the name. If it is private, put your token in under Settings, Network."),
        ),
        "missing_revision": (
            translate("explain", "This state of the repository is no longer there."),
            translate("explain", "Open the model again under Find models to get its present state."),
        ),
        "missing_file": (
            translate("explain", "The file is no longer in the repository."),
            translate("explain", "Open the model again under Find models and choose another file."),
        ),
        "private": (
            translate("explain", "Only its owners can see it, and no token was sent."),
            translate("explain", "Put your token in under Settings, Network."),
        ),
        "disabled": (
            translate("explain", "The hub has switched this repository off."),
            translate("explain", "Choose another model. What you already have of it stays usable."),
        ),
        "bad_token": (translate("explain", "The hub does not accept your token."), token),
        "token_not_sent": (
            translate("explain", "The address is not encrypted, so your token was not sent."),
            translate("explain", "Use an address that begins with https, or take the token away."),
        ),
        "forbidden": (translate("explain", "Your token has no right to read it."), token),
        "bad_request": (
            translate("explain", "The hub did not understand the request."),
            translate("explain", "Check what you searched for, and the hub's address under Settings, Network."),
        ),
    }
