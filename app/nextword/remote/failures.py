"""What a server with models refused, as our errors."""

from __future__ import annotations

from nextword.errors import NextwordError
from nextword.network.failures import of_exception, of_status
from nextword.network.redact import redact
from nextword.network_errors import NetworkError, RemoteRefused
from nextword.remote.endpoints import Chosen

_LONGEST = 300


def foreseen() -> tuple[type[Exception], ...]:
    """Return what asking a server can raise: our errors, those of the libraries, and those of a strange answer."""
    import httpx2

    return NextwordError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, KeyError, TypeError, AttributeError


def status_of(error: Exception) -> int:
    """Return the HTTP status that an exception of huggingface_hub or httpx2 tells of, 0 for none."""
    response = getattr(error, "response", None)
    return int(getattr(response, "status_code", 0) or 0)


def of(error: Exception, chosen: Chosen) -> NextwordError:
    """Return the error of ours for whatever asking a server raised."""
    if isinstance(error, NextwordError):
        return error
    import httpx2
    from huggingface_hub.errors import InferenceTimeoutError

    host, model = chosen.endpoint.host, chosen.model.name
    response = getattr(error, "response", None)
    if isinstance(response, httpx2.Response):
        return of_answer(response, host, model)
    if isinstance(error, InferenceTimeoutError):
        return of_exception(httpx2.ReadTimeout(str(error)), host)
    if isinstance(error, httpx2.HTTPError | httpx2.InvalidURL | OSError):
        return of_exception(error, host)
    return RemoteRefused("not_compatible", host, model, redact(f"{type(error).__name__}: {error}")[:_LONGEST])


def of_answer(response: object, host: str, model: str = "") -> NetworkError:
    """Return the error for an answer that is none."""
    import httpx2

    assert isinstance(response, httpx2.Response)
    detail = redact(_said(response))[:_LONGEST]
    status = response.status_code
    if status in (401, 403):
        return RemoteRefused("key", host, model, detail)
    if status == 404:
        return RemoteRefused("model", host, model, detail)
    if status in (400, 413, 422):
        return RemoteRefused("request", host, model, detail)
    common = of_status(response, host)
    return common if common is not None else RemoteRefused("not_compatible", host, model, detail or f"HTTP {status}")


def _said(response: object) -> str:
    """Return what the server says of it: {"error": {"message": ...}}, {"error": "..."}, {"detail": ...} or text."""
    import httpx2

    assert isinstance(response, httpx2.Response)
    try:
        said = response.json()
    except (ValueError, httpx2.StreamError):
        return ""
    if isinstance(said, list) and said:
        said = said[0]
    if not isinstance(said, dict):
        return ""
    error = said.get("error", said.get("detail", ""))
    if isinstance(error, dict):
        error = error.get("message", "")
    return error if isinstance(error, str) else ""
