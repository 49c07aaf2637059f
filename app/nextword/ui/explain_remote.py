"""The words for what a server with models refuses."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.network_errors import RemoteRefused
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def remote(error: RemoteRefused) -> Explanation:
    """Return the words for an endpoint that does not do what was asked."""
    title, text, advice = _words(error.reason)
    nameless = translate("explain", "The server") if text.startswith("{host}") else translate("explain", "the server")
    host = short(error.host, 80) or nameless
    detail = short(error.detail).rstrip(". ")
    said = translate("explain", " It says: {detail}.").format(detail=detail) if detail else ""
    return Explanation(title, text.format(host=host, model=short(error.model, 80)) + said, advice)


def _words(reason: str) -> tuple[str, str, str]:
    known = {
        "key": (
            translate("explain", "The server does not accept the key"),
            translate("explain", "{host} refused the key, or wants one and has none."),
            translate("explain", "Enter the key under Models, Servers, and test the connection there."),
        ),
        "key_not_sent": (
            translate("explain", "The key was not sent"),
            translate("explain", "The way to {host} is not encrypted, so anybody on it could read the key."),
            translate("explain", "Use an address that begins with https, or remove the key under Models, Servers."),
        ),
        "model": (
            translate("explain", "The server does not have this model"),
            translate("explain", "{host} knows no model “{model}” at this address."),
            translate(
                "explain", "Look under Models, Servers, which models it has now, and whether the address is right."
            ),
        ),
        "request": (
            translate("explain", "The server refuses this request"),
            translate("explain", "{host} does not take the message as it is; it may be too long for the model."),
            translate("explain", "Shorten it, or begin a new conversation."),
        ),
        "tokens": (
            translate("explain", "Only a model on this machine can go on from an exact token"),
            translate("explain", "{host} takes messages as text; it cannot be told which tokens they are."),
            translate("explain", "Choose a model on this machine, or let the whole answer be written again."),
        ),
        "way": (
            translate("explain", "This model is asked for chats"),
            translate("explain", "{model} on {host} was chosen for chat, and here a text is to be continued."),
            translate("explain", "Under Models, Servers, ask it for “continuing text”, if its server offers that."),
        ),
        "scores": (
            translate("explain", "Only a model on this machine can be asked for this"),
            translate(
                "explain", "{host} gives no probabilities of texts that it did not write, and no counts of tokens."
            ),
            translate("explain", "Choose a model on this machine for it."),
        ),
        "unknown": (
            translate("explain", "This endpoint is not there any more"),
            translate("explain", "The model was on a server that has been removed from the list."),
            translate("explain", "Choose another model, or add the server again under Models, Servers."),
        ),
        "not_compatible": (
            translate("explain", "The server did not answer as one with models does"),
            translate("explain", "{host} gave an answer that is not that of an OpenAI-compatible endpoint."),
            translate("explain", "Check the address: it usually ends in /v1."),
        ),
    }
    return known.get(reason, _otherwise())


def _otherwise() -> tuple[str, str, str]:
    return (
        translate("explain", "The server did not do it"),
        translate("explain", "{host} refused, and gave no reason that is known here."),
        translate("explain", "Try it again, or choose a model on this machine."),
    )
