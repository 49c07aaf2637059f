"""Models behind endpoints: which there are, what they offer, and answers of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nextword.engine import protocol
from nextword.errors import NextwordError
from nextword.network.door import Errand, Network, errand
from nextword.network.hub_environment import environment
from nextword.network.origins import may_have_token
from nextword.network.secrets import Place
from nextword.network_errors import RemoteRefused
from nextword.remote.endpoints import Chosen, Endpoint, Endpoints, RemoteModel
from nextword.thread_faults import tell_fault

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from nextword.remote.talk import Abilities, Talk

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
LISTING = "remote models"
_MOST_MODELS = 2000


class Remote:
    """See the module. Lives on one thread; nothing is imported or sent before something is asked.

    home: a folder that huggingface_hub may use.
    """

    def __init__(self, file: Path, network: Network, deliver: Deliver, *, home: Path) -> None:
        self.endpoints = Endpoints(file)
        self.network = network
        self._deliver = deliver
        self._home = home
        self._bound = False
        self._abilities: dict[str, Abilities] = {}
        self._talks: list[Talk] = []
        self._desk: ThreadPoolExecutor | None = None

    def info(self, chosen: Chosen) -> protocol.ModelInfo:
        """Return what is known of a model; what is not is 0 or ""."""
        kind: protocol.Kind = "instruct" if chosen.model.way == "chat" else "base"
        context = chosen.model.context_tokens
        return protocol.ModelInfo(
            chosen.path, chosen.model.name, "", "", kind, 0, 0, 0, context, context, False, "",
            kind_reasons=("remote",), remote_host=chosen.endpoint.host,
        )  # fmt: skip

    def answer(
        self,
        request: protocol.Generate,
        chosen: Chosen,
        tell: Callable[[protocol.JobReply | NextwordError], None],
    ) -> Talk:
        """Have a request answered; `tell` is called by `deliver`."""
        from nextword.remote.talk import Abilities, Talk  # brings httpx2, which the window need not wait for

        self._bind()
        self._talks = [talk for talk in self._talks if talk.thread.is_alive()]
        talk = Talk(
            request,
            chosen,
            network=self.network,
            abilities=self._abilities.setdefault(chosen.path, Abilities()),
            tell=lambda event: self._deliver(partial(tell, event)),
        )
        self._talks.append(talk)
        return talk

    def list_models(self, endpoint: Endpoint, key: str | None = None) -> tuple[RemoteModel, ...]:
        """Return the models of an endpoint; blocks. key: to be tried, None: the one that is kept.

        Raises NetworkError.
        """
        key = self.network.secrets.get(endpoint.key_name) if key is None else key
        if key and not may_have_token(endpoint.origin):
            raise RemoteRefused("key_not_sent", endpoint.host)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        with errand(Errand(LISTING, endpoint.origin)):
            answer = self.network.client().get(f"{endpoint.base}/models", headers=headers)
        if answer.status_code >= 400:
            from nextword.remote import failures

            raise failures.of_answer(answer, endpoint.host)
        try:
            rows = answer.json()["data"]
            return tuple(_model(row) for row in rows[:_MOST_MODELS] if str(row.get("id", "")).strip())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RemoteRefused("not_compatible", endpoint.host, detail=type(error).__name__) from error

    def look(self, endpoint: Endpoint, key: str | None, done: Callable[[tuple[RemoteModel, ...]], None],
             failed: Callable[[NextwordError], None]) -> None:  # fmt: skip
        """As list_models, without waiting: one of the two is called by `deliver`."""
        from nextword.remote import failures

        def work() -> None:
            try:
                found = self.list_models(endpoint, key)
            except failures.foreseen() as error:
                told = failures.of(error, Chosen(endpoint, RemoteModel("")))
                self._deliver(lambda: failed(told))
            else:
                self._deliver(lambda: done(found))

        self._bind()
        self._threads().submit(work).add_done_callback(tell_fault)

    def keep_key(self, endpoint: Endpoint, key: str, done: Callable[[Place | OSError], None]) -> None:
        """Keep a key, "" to forget it; `done` hears where it lies, or why it can lie nowhere."""

        def work() -> None:
            try:
                place: Place | OSError = self.network.secrets.put(endpoint.key_name, key)
            except OSError as error:
                place = error
            self._deliver(lambda: done(place))

        self._threads().submit(work).add_done_callback(tell_fault)

    def find_key(self, endpoint: Endpoint, done: Callable[[Place], None]) -> None:
        """Say where the key of an endpoint lies, "" for nowhere."""

        def work() -> None:
            place = self.network.secrets.place(endpoint.key_name)
            self._deliver(lambda: done(place))

        self._threads().submit(work).add_done_callback(tell_fault)

    def close(self) -> None:
        """End what is under way and join its threads; the network is interrupted already or is now."""
        for talk in self._talks:
            talk.stop()
        if self._desk is not None or any(talk.thread.is_alive() for talk in self._talks):
            self.network.interrupt()
        for talk in self._talks:
            talk.thread.join()
        if self._desk is not None:
            self._desk.shutdown(cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        """Return the thread that may wait for servers and for the key ring."""
        if self._desk is None:
            from concurrent.futures import ThreadPoolExecutor

            self._desk = ThreadPoolExecutor(1, "remote")
        return self._desk

    def _bind(self) -> None:
        """Have InferenceClient go through our door."""
        if not self._bound:
            with environment(self._home):
                import huggingface_hub.constants

            huggingface_hub.set_client_factory(self.network.make_client)
            self._bound = True


def _model(row: dict[str, Any]) -> RemoteModel:
    """Return one row of /models; servers that know the context say so in fields of their own."""
    said = row.get("meta")
    meta = said if isinstance(said, dict) else {}
    known = (row.get("max_model_len"), row.get("context_length"), meta.get("n_ctx"), meta.get("n_ctx_train"))
    context = next((n for n in known if isinstance(n, int) and 0 < n < 1 << 31), 0)
    name = str(row["id"]).removeprefix("models/")  # Gemini lists them so
    return RemoteModel(name[:200], "chat", context)
