"""What a hub's refusal means, by its status and headers; one error of ours for each kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

import httpx2

from nextword.errors import NextwordError
from nextword.network import failures
from nextword.network.origins import host_of
from nextword.network.redact import redact
from nextword.network_errors import HubRefused, NetworkError, NoAnswer

T = TypeVar("T")
_BY_CODE = {"RepoNotFound": "missing_repo", "RevisionNotFound": "missing_revision", "EntryNotFound": "missing_file"}
_DISABLED = "Access to this resource is disabled."


def refusal(response: httpx2.Response, repo: str = "") -> NetworkError | None:
    """Return the error for an answer of the hub, None when it is no refusal (a redirect is none)."""
    host = host_of(str(response.request.url))
    status = response.status_code
    if status < 400:
        return None
    common = failures.of_status(response, host)
    if common is not None:
        return common
    reason = _reason(response)
    if reason == "not_hub":
        return NoAnswer("login_page" if _is_page(response) else "not_hub", host, status)
    origin = f"{response.request.url.scheme}://{host}"
    page = f"{origin}/{repo}" if repo and reason in ("gated", "gated_token") else ""
    message = response.headers.get("x-error-message", "") if reason in ("forbidden", "bad_request") else ""
    return HubRefused(reason, repo, redact(message)[:200], page)


def _reason(response: httpx2.Response) -> str:
    """Return the reason of a HubRefused, or "not_hub"."""
    status, headers = response.status_code, response.headers
    code, message = headers.get("x-error-code", ""), headers.get("x-error-message", "")
    with_token = "authorization" in response.request.headers
    if code == "GatedRepo":
        return "gated_token" if with_token else "gated"
    if message == _DISABLED:
        return "disabled"
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status == 401:
        return "bad_token" if with_token or "Invalid credentials" in message else "missing_repo"
    if status == 403:
        return "forbidden" if with_token else "private"
    if status == 404 and not _is_page(response):
        return "missing_repo"
    return "bad_request" if status == 400 else "not_hub"


def _is_page(response: httpx2.Response) -> bool:
    return "text/html" in response.headers.get("content-type", "")


def asked(host: str, repo: str, question: Callable[[], T]) -> T:
    """Return what `question` returns. Raises NetworkError for anything that goes wrong while a hub is asked."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return question()
    except NextwordError:
        raise
    except HfHubHTTPError as error:
        found = refusal(error.response, repo) if error.response is not None else None
        raise found or NoAnswer("not_hub", host) from error
    except httpx2.HTTPError as error:
        raise failures.of_exception(error, host) from error
    except httpx2.InvalidURL as error:
        raise NoAnswer("address", host) from error
    except HFValidationError as error:
        raise HubRefused("missing_repo", repo) from error
    except json.JSONDecodeError as error:  # a page where data was expected
        looks_like_page = error.doc.lstrip()[:1] == "<"
        raise NoAnswer("login_page" if looks_like_page else "not_hub", host) from error
    except RuntimeError as error:  # the client was closed before it could ask: the program ends
        raise NoAnswer("interrupted", host) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # data of another shape
        raise NoAnswer("not_hub", host) from error
