"""What the model would see: how much of the context it takes before it is sent, and its exact tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from nextword.chat.answer import ShownMessage
from nextword.chat.answering import Answering
from nextword.chat.context import ContextUse, left_out_of
from nextword.chat.fitting import Counts, Fit, Wish
from nextword.chat.forms import Said
from nextword.chat.own_settings import OwnSettings
from nextword.chat.preferences import Preferences
from nextword.chat.screen import Screen
from nextword.engine import protocol
from nextword.engine.client import JobEvent, JobFailed
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import Attachment

_NOTHING = Said("user", "")


class SeenPrompt(Struct, frozen=True):
    """A prompt as a model reads it. tokens: exactly these, in their order.

    owners: for each token the index of its message on the path (a draft comes after the last), or SYSTEM, SCAFFOLD
    (chat/forms.py); empty where a template does not let that be told. left_out: indexes of messages of the path that
    are not in it. error: why it is not known; there are no tokens then.
    """

    tokens: tuple[protocol.PromptToken, ...] = ()
    owners: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    context_tokens: int = 0
    error: NextwordError | None = None


class Seeing:
    """Asks the engine, and never has anything generated. measured: what the last measure came to."""

    def __init__(self, screen: Screen, answering: Answering, *, counts: Counts, own: OwnSettings) -> None:
        self.measured: Event[ContextUse] = Event()
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._answering = answering
        self._counts = counts
        self._own = own
        self._number = 0

    def wish(self, message: ShownMessage, preferences: Preferences) -> Wish:
        """Return what is to fit when `message` is said at the end of the path."""
        wish = self._answering.wish(self._screen.tree, self._screen.last_id(), preferences)
        return replace(wish, messages=(*wish.messages, Said(message.role, message.text, message.attachments)))

    def judge(self, wish: Wish, done: Callable[[ContextUse | None], None]) -> None:
        """Find whether it fits; None when that cannot be known now, or need not be counted."""
        if self._counts.model() is None or self._counts.surely_fits(wish):
            done(None)
        else:
            self._counts.fit(wish, lambda fit: done(fit.use))

    def measure(self, draft: str, attachments: tuple[Attachment, ...]) -> None:
        """Count what would be sent with `draft`; only the newest measure is told."""
        self._number += 1
        if self._counts.model() is None:
            return
        has_draft = bool(draft.strip() or attachments)
        wish = self._answering.wish(self._screen.tree, self._screen.last_id(), self._own.value)
        if has_draft:
            wish = replace(wish, messages=(*wish.messages, Said("user", draft, attachments)))
        self._counts.fit(wish, partial(self._on_measured, self._number, has_draft))

    def count(self, text: str, done: Callable[[int], None]) -> None:
        """Give `done` the tokens of a text by itself; never, when no model is there to count them."""

        def listen(event: JobEvent) -> None:
            if isinstance(event, protocol.Tokenized):
                done(sum(not token.control for token in event.tokens))

        if self._counts.model() is not None:
            self._counts.engine.ask(protocol.Tokenize(0, protocol.TextPrompt(text)), listen)

    def _on_measured(self, number: int, has_draft: bool, fit: Fit) -> None:
        if number == self._number and fit.use is not None:
            use = fit.use
            self.measured.emit(use if has_draft else replace(use, counts=(*use.counts, 0)))

    def prompt_tokens(
        self, until_index: int | None, done: Callable[[SeenPrompt], None], draft: Said = _NOTHING
    ) -> None:
        """Give `done` the exact tokens of a prompt; see ChatSession.prompt_tokens."""
        screen = self._screen
        answer: ShownMessage | None = None
        end = screen.last_id()
        if until_index is not None:
            message = screen.shown[until_index]
            answer = message if message.role == "assistant" else None
            end = message.id
            if answer is not None:
                end = screen.shown[until_index - 1].id if until_index else None
        wish = self._answering.wish(screen.tree, end, self._own.value)
        if until_index is None and (draft.text.strip() or draft.attachments):
            wish = replace(wish, messages=(*wish.messages, draft))
        if answer is not None and answer.origin is not None:
            self._tokenize(wish, left_out_of(answer.origin), done)
        else:
            self._counts.fit(wish, partial(self._on_fit, wish, done))

    def _on_fit(self, wish: Wish, done: Callable[[SeenPrompt], None], fit: Fit) -> None:
        if fit.use is None:
            done(SeenPrompt(error=fit.error))
        else:
            self._tokenize(wish, fit.use.left_out, done)

    def _tokenize(self, wish: Wish, left_out: tuple[int, ...], done: Callable[[SeenPrompt], None]) -> None:
        gone = set(left_out)
        places = [index for index in range(len(wish.messages)) if index not in gone]
        kept = [wish.messages[index] for index in places]

        def listen(event: JobEvent) -> None:
            model = self._counts.model()
            match event:
                case protocol.Tokenized():
                    owners = tuple(places[owner] if owner >= 0 else owner for owner in wish.form.owners(kept, event))
                    done(SeenPrompt(event.tokens, owners, left_out, model.context_tokens if model else 0))
                case JobFailed():
                    done(SeenPrompt(error=event.error))
                case protocol.Finished():
                    done(SeenPrompt())
                case _:
                    pass

        self._counts.engine.ask(protocol.Tokenize(0, wish.form.prompt(kept)), listen)
