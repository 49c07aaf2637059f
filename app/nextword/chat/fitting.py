"""Asks the engine how many tokens messages take, and finds which of them fit. What was counted is remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec import Struct

from nextword.chat.context import ContextUse, choose_left_out, reserve_for, room_in
from nextword.chat.forms import Form, Said
from nextword.chat.preferences import ContextPolicy
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.errors import NextwordError, NoModelLoaded
from nextword.history.records import Role

WHOLE_CHARACTERS = 200_000
"""A chat of at most so much text is counted whole, with one request."""
_REMEMBERED_TEXTS = 20_000
_REMEMBERED_FITS = 8
_TRIES = 12
_OVERHEAD_TOKENS = 8
"""What a template is taken to write around a message, before it is known."""
_SHORT_MESSAGE_TOKENS, _SHORT_PROMPT_TOKENS = 64, 256
"""More than templates write around a message, and around a chat."""


class Wish(Struct, frozen=True):
    """What is to fit. max_tokens: of the answer."""

    form: Form
    messages: tuple[Said, ...]
    policy: ContextPolicy
    max_tokens: int


class Fit(Struct, frozen=True):
    """What came of it: `use`, or the error that kept it from being known, or neither when it was stopped."""

    use: ContextUse | None = None
    error: NextwordError | None = None


Done = Callable[[Fit], None]


class Counts:
    """How many tokens texts take in the model that is loaded; forgotten when another one is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._model: tuple[str, str, int] | None = None
        self._texts: OrderedDict[tuple[Role, int, int], int] = OrderedDict()
        self._fits: OrderedDict[Wish, ContextUse] = OrderedDict()

    def model(self) -> protocol.ModelInfo | None:
        """Return the model that is loaded."""
        model = self.engine.status.model
        key = None if model is None else (model.path, model.template_hash, model.context_tokens)
        if key != self._model:
            self._model = key
            self._texts.clear()
            self._fits.clear()
        return model

    def surely_fits(self, wish: Wish) -> bool:
        """Say whether a chat is so short that nobody need count: a token has at least one byte."""
        model = self.model()
        if model is None:
            return False
        if model.remote_host:  # only its server can count, and says so when it is too long
            return True
        room = room_in(model.context_tokens, reserve_for(wish.max_tokens, model.context_tokens))
        room -= _SHORT_PROMPT_TOKENS + _SHORT_MESSAGE_TOKENS * (len(wish.messages) + 2 * len(wish.form.examples))
        for text in _texts(wish):
            if len(text) > room:
                return False
            room -= len(text.encode("utf-8", "replace"))
        return room > 0

    def fit(self, wish: Wish, done: Done) -> Fitting:
        """Find what fits; `done` hears it, at once if it is known."""
        fitting = Fitting(self, wish, done)
        fitting.begin()
        return fitting

    def known(self, wish: Wish) -> ContextUse | None:
        """Return what was found for the same wish."""
        self.model()
        return self._fits.get(wish)

    def keep(self, wish: Wish, use: ContextUse) -> None:
        """Remember what was found."""
        self._fits[wish] = use
        while len(self._fits) > _REMEMBERED_FITS:
            self._fits.popitem(last=False)

    def count_of(self, message: Said) -> int | None:
        """Return the tokens of a message, None when it was not counted."""
        return self._texts.get(_key(message))

    def note(self, messages: Sequence[Said], counts: Sequence[int]) -> None:
        """Remember the tokens of messages."""
        for message, count in zip(messages, counts, strict=False):
            key = _key(message)
            self._texts[key] = count
            self._texts.move_to_end(key)
        while len(self._texts) > _REMEMBERED_TEXTS:
            self._texts.popitem(last=False)


class Fitting:
    """One search. job: the request that runs now; when it is stopped, `done` hears a Fit of nothing."""

    def __init__(self, counts: Counts, wish: Wish, done: Done) -> None:
        self.job: int | None = None
        self._counts = counts
        self._wish = wish
        self._done = done
        self._overhead = _OVERHEAD_TOKENS
        self._system = 0
        self._short = 0  # so many tokens less are tried, because an exact count came out larger than it was taken to be
        self._tries = 0

    def begin(self) -> None:
        """Count everything at once, or, of a very long chat, what may fit."""
        known = self._counts.known(self._wish)
        if known is not None:
            self._done(Fit(known))
        elif sum(map(len, _texts(self._wish))) <= WHOLE_CHARACTERS:
            self._ask(self._wish.form.prompt(self._wish.messages), self._on_whole)
        else:
            self._count_more()

    def _ask(self, prompt: protocol.Prompt, then: Callable[[protocol.Tokenized], None]) -> None:
        def listen(event: JobEvent) -> None:
            match event:
                case protocol.Tokenized():
                    if self._counts.model() is None:
                        self._done(Fit(error=NoModelLoaded()))
                    else:
                        then(event)
                case JobFailed():
                    self._done(Fit(error=event.error))
                case protocol.Finished():  # it was stopped
                    self._done(Fit())
                case _:
                    pass

        self.job = self._counts.engine.ask(protocol.Tokenize(0, prompt), listen)

    # --- a chat that is counted whole -----------------------------------------------------------------------

    def _on_whole(self, reply: protocol.Tokenized) -> None:
        messages = self._wish.messages
        self._system, counts = self._wish.form.counts(messages, reply)
        self._counts.note(messages, counts)
        total = len(reply.tokens)
        scaffold = total - self._system - sum(counts)
        self._overhead = max(1, scaffold // max(1, len(messages)))
        if total <= self._room():
            self._finish((), total)
        else:
            self._choose()

    # --- a chat that is too long for that -------------------------------------------------------------------

    def _count_more(self) -> None:
        """Count the newest messages that are not counted, until they are more than fits; then the oldest."""
        batch = self._uncounted()
        if batch:
            prompt = protocol.ChatPrompt(tuple(protocol.Message(each.role, each.whole) for each in batch))
            self._ask(prompt, lambda reply: self._on_batch(batch, reply))
        else:
            self._choose()

    def _uncounted(self) -> list[Said]:
        model = self._counts.model()
        enough = model.context_tokens if model is not None else 0
        places = range(len(self._wish.messages))
        for order in (reversed(places), places) if self._wish.policy == "keep_ends" else (reversed(places),):
            counted, size, batch = 0, 0, list[Said]()
            for place in order:
                message = self._wish.messages[place]
                known = self._counts.count_of(message)
                if known is not None:
                    counted += known
                else:
                    batch.append(message)
                    size += len(message.whole)
                if (counted > enough > 0 and not batch) or size > WHOLE_CHARACTERS // 2:
                    break
            if batch:
                return batch
        return []

    def _on_batch(self, batch: list[Said], reply: protocol.Tokenized) -> None:
        self._counts.note(batch, reply.per_message)
        if all(self._counts.count_of(message) is not None for message in batch):
            self._count_more()
        else:
            self._choose()

    # --- what fits ------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        """Leave out what has to be, and have the rest counted exactly."""
        self._tries += 1
        left_out = self._left_out()
        dropped = set(left_out)
        kept = [message for index, message in enumerate(self._wish.messages) if index not in dropped]

        def on_kept(reply: protocol.Tokenized) -> None:
            over = len(reply.tokens) - self._room()
            everything = len(self._wish.messages) - len(left_out) <= self._last_turn()
            if over <= 0 or everything or self._tries >= _TRIES:
                self._finish(left_out, len(reply.tokens))
            else:
                self._short += over
                self._choose()

        self._ask(self._wish.form.prompt(kept), on_kept)

    def _left_out(self) -> tuple[int, ...]:
        wish = self._wish
        policy: ContextPolicy = "drop_oldest" if wish.policy == "ask" else wish.policy
        costs = [count + self._overhead for count in self._all_counts()]
        room = self._room() - self._short - self._system
        return choose_left_out([each.role for each in wish.messages], costs, room=room, policy=policy)

    def _last_turn(self) -> int:
        """Return how many messages the last turn has: it is never left out."""
        answers = 0
        for message in reversed(self._wish.messages):
            if message.role != "assistant":
                return answers + 1
            answers += 1
        return answers

    def _all_counts(self) -> list[int]:
        """Return the tokens of every message; what was not counted is estimated by its length."""
        known = [self._counts.count_of(message) for message in self._wish.messages]
        pairs = [
            (count, len(m.whole)) for count, m in zip(known, self._wish.messages, strict=True) if count is not None
        ]
        rate = (sum(count for count, _ in pairs) + 1) / (sum(length for _, length in pairs) + 4)
        return [
            int(len(message.whole) * rate) + 1 if count is None else count
            for count, message in zip(known, self._wish.messages, strict=True)
        ]

    def _room(self) -> int:
        model = self._counts.model()
        context = model.context_tokens if model is not None else 0
        return room_in(context, reserve_for(self._wish.max_tokens, context))

    def _finish(self, left_out: tuple[int, ...], sent_tokens: int) -> None:
        model = self._counts.model()
        context = model.context_tokens if model is not None else 0
        messages, counts = self._wish.messages, self._all_counts()
        use = ContextUse(
            total_tokens=sent_tokens + sum(counts[index] + self._overhead for index in left_out),
            context_tokens=context,
            reserve_tokens=reserve_for(self._wish.max_tokens, context),
            counts=tuple(counts),
            left_out=left_out,
            needs_decision=bool(left_out) and self._wish.policy == "ask",
            system_tokens=self._system,
            estimated=tuple(index for index, each in enumerate(messages) if self._counts.count_of(each) is None),
            too_large=sent_tokens > self._room(),
            sent_tokens=sent_tokens,
        )
        self._counts.keep(self._wish, use)
        self._done(Fit(use))


def _key(message: Said) -> tuple[Role, int, int]:
    """Return what stands for a message: texts themselves would be held long after their conversation is left."""
    text = message.whole
    return message.role, len(text), hash(text)


def _texts(wish: Wish) -> list[str]:
    examples = [text for pair in wish.form.examples for text in pair] if wish.form.way == "few_shot" else []
    return [wish.form.system_prompt, *examples, *(message.whole for message in wish.messages)]
