"""One answer of a server, on a thread of its own: what streams in, as the events of a job."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

from nextword.engine import protocol
from nextword.engine.replies import StopReason
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.network.door import Errand, errand
from nextword.network.origins import may_have_token
from nextword.network_errors import RemoteRefused
from nextword.remote import failures
from nextword.remote.asked import further_of, messages_of, parameters_of, text_of
from nextword.remote.endpoints import Chosen
from nextword.remote.steps import chat_steps, completion_steps, plain_step

if TYPE_CHECKING:
    from nextword.network.door import Network

ANSWER = "remote answer"
WAIT_SECONDS = 600.0  # a server may first load its model, then read a long prompt
LIMIT_BYTES = 256_000_000
_LADDER = (20, 5, 0)
"""So many alternatives are asked for, until the server takes it: vLLM gives 20, Gemini and older ones 5, some none."""
_ENDS: dict[str, StopReason] = {"stop": "end", "length": "limit", "content_filter": "end"}


class Abilities:
    """What was found out about a model of an endpoint, so that it is asked the right way at once the next time."""

    def __init__(self) -> None:
        self.step = 0  # of _LADDER
        self.further = True  # whether it knows top_k and the like


class Talk:
    """Runs from its making. tell: called on the thread with each event, the last one a Finished or an error."""

    def __init__(
        self,
        request: protocol.Generate,
        chosen: Chosen,
        *,
        network: Network,
        abilities: Abilities,
        tell: Callable[[protocol.JobReply | NextwordError], None],
    ) -> None:
        self.stopped = False
        self._job = request.job
        self._request = request
        self._chosen = chosen
        self._network = network
        self._abilities = abilities
        self._tell = tell
        self._made = 0
        self._prompt_tokens = 0
        self._began = time.monotonic()
        self._first_at = 0.0
        self._thinking = False
        self.thread = threading.Thread(target=self._run, name="remote-answer", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Take nothing more from the server; it sees that the connection is closed with its next word."""
        self.stopped = True

    def _run(self) -> None:
        endpoint = self._chosen.endpoint
        # What is not foreseen goes to the hook of threads, and the job ends all the same.
        outcome: protocol.Finished | NextwordError = RemoteRefused("not_compatible", endpoint.host)
        try:
            key = self._network.secrets.get(endpoint.key_name)
            # Without a key InferenceClient would send the person's token of the hub: the door keeps it back.
            with errand(Errand(ANSWER, endpoint.origin if key else "", LIMIT_BYTES, patient=True)):
                reason = self._talk(key)
            outcome = self._finished("stopped" if self.stopped else reason)
        except failures.foreseen() as error:
            outcome = failures.of(error, self._chosen)
        finally:
            self._tell(outcome)

    def _finished(self, reason: StopReason) -> protocol.Finished:
        now = time.monotonic()
        first = self._first_at or now
        read = self._prompt_tokens
        return protocol.Finished(self._job, reason, read, 0, self._made, first - self._began, now - first, read)

    def _talk(self, key: str) -> StopReason:
        endpoint = self._chosen.endpoint
        if key and not may_have_token(endpoint.origin):
            raise RemoteRefused("key_not_sent", endpoint.host, self._chosen.model.name)
        chat = self._chosen.model.way == "chat"
        said = messages_of(self._request, self._chosen) if chat else text_of(self._request, self._chosen)
        while True:
            try:
                with contextlib.closing(self._chat(said, key) if chat else self._complete(said, key)) as pieces:
                    return self._take(pieces)
            except Exception as error:
                if not self._made and self._climb_down(error):
                    continue
                raise

    def _climb_down(self, error: Exception) -> bool:
        """Ask for less after a server refused the request itself; return whether there is less to ask for."""
        if failures.status_of(error) not in (400, 422, 500, 501):
            return False
        if self._abilities.further:
            self._abilities.further = False
        elif self._abilities.step + 1 < len(_LADDER):
            self._abilities.step += 1
        else:
            return False
        return True

    def _alternatives(self) -> int:
        return min(_LADDER[self._abilities.step], max(self._request.alternatives, 1))

    # --- the two routes -------------------------------------------------------------------------------------

    def _chat(self, messages: Any, key: str) -> Generator[Any, None, None]:
        from huggingface_hub import InferenceClient

        base = self._chosen.endpoint.base
        client = InferenceClient(base_url=f"{base}/chat/completions", api_key=key or None, timeout=WAIT_SECONDS)
        tops = self._alternatives()
        with client:
            pieces = client.chat_completion(
                messages,
                model=self._chosen.model.name,
                stream=True,
                logprobs=True if tops else None,
                top_logprobs=tops or None,
                extra_body=further_of(self._request.sampling) if self._abilities.further else None,
                **parameters_of(self._request),
            )
            yield from map(_plain, pieces)

    def _complete(self, text: Any, key: str) -> Generator[Any, None, None]:
        """Ask for a completion, for which InferenceClient knows its own servers alone."""
        body = {"model": self._chosen.model.name, "prompt": text, "stream": True, **parameters_of(self._request)}
        if self._abilities.further:
            body |= further_of(self._request.sampling)
        if self._alternatives():
            body["logprobs"] = self._alternatives()
        headers = {"authorization": f"Bearer {key}"} if key else {}
        address = f"{self._chosen.endpoint.base}/completions"
        with self._network.client().stream("POST", address, json=body, headers=headers, timeout=WAIT_SECONDS) as answer:
            if answer.status_code >= 400:
                answer.read()
                answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data:") and line[5:].strip() not in ("", "[DONE]"):
                    yield json.loads(line[5:])

    # --- what comes -----------------------------------------------------------------------------------------

    def _take(self, pieces: Iterable[Any]) -> StopReason:
        reason: StopReason | None = None
        began = False
        for piece in pieces:
            if self.stopped:
                return "stopped"
            if not began:
                began = True
                self._tell(protocol.Started(self._job, 0, 0))
            usage = piece.get("usage")
            if usage:
                self._prompt_tokens = int(usage.get("prompt_tokens") or 0)
            for choice in (piece.get("choices") or ())[:1]:
                for step in self._steps(choice):
                    self._send(step)
                reason = _ENDS.get(choice.get("finish_reason") or "", reason)
        if not began:
            raise RemoteRefused("not_compatible", self._chosen.endpoint.host, self._chosen.model.name)
        if self._thinking:
            self._send(plain_step("\n</think>\n\n"))
        return reason or "end"

    def _steps(self, choice: Any) -> list[TokenStep]:
        if self._chosen.model.way == "completion":
            text, logprobs = choice.get("text") or "", choice.get("logprobs")
            known = completion_steps(logprobs) if logprobs else []
            return known if _spell(known, text) else [plain_step(text)] if text else []
        delta = choice.get("delta") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
        text, logprobs = delta.get("content") or "", choice.get("logprobs")
        found: list[TokenStep] = []
        if thought:
            found.append(plain_step(thought if self._thinking else f"<think>\n{thought}"))
            self._thinking = True
        if not text:
            return found
        if self._thinking:
            found.append(plain_step("\n</think>\n\n"))
            self._thinking = False
        known = chat_steps(logprobs["content"]) if logprobs and logprobs.get("content") else []
        return found + (known if _spell(known, text) else [plain_step(text)])

    def _send(self, step: TokenStep) -> None:
        if not self._made:
            self._first_at = time.monotonic()
        self._tell(protocol.TokenChosen(self._job, self._made, step))
        self._made += 1


def _plain(value: Any) -> Any:
    """Return what InferenceClient read, with the fields that it does not know (bytes, reasoning), as plain values."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(each) for name, each in vars(value).items()}
    return value


def _spell(steps: list[TokenStep], text: str) -> bool:
    """Say whether the tokens are those of `text`: some servers count otherwise than they write.

    Tokens that are parts of characters come before the text has the character, so those are believed.
    """
    if not steps:
        return False
    data = b"".join(step.text for step in steps)
    try:
        spelled = data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return spelled == text or not text or data.endswith(text.encode("utf-8", "surrogatepass"))
