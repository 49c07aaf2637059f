"""All tokens of a model: searched by text, by id and by bytes, and read from an engine once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal, TypeAlias

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.protocol import TokenKind
from nextword.errors import NextwordError

SearchBy: TypeAlias = Literal["contains", "begins", "id", "bytes", "special"]

_SIGNS = str.maketrans({"·": " ", "↵": "\n", "⇥": "\t"})
"""What the screen writes for a space, a line end and a tab can be searched for, too."""


class VocabularyTable:
    """texts: the bytes of every token; kinds: a TokenKind each. ends: at which the model ends its text. suppressed:
    never to be drawn."""

    def __init__(
        self, texts: Sequence[bytes], kinds: bytes, *, ends: Sequence[int] = (), suppressed: Sequence[int] = ()
    ) -> None:
        self.texts = list(texts)
        self.kinds = kinds
        self.ends = frozenset(ends)
        self.suppressed = tuple(suppressed)
        self.size = len(self.texts)

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token."""
        return self.texts[token] if 0 <= token < self.size else b""

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return ids that spell `text`, the longest token first. A model splits by rules of its own: this is for texts
        of a few characters, the breakers of DRY."""
        rest, ids = text.encode(), []
        while rest:
            for length in range(min(len(rest), self._longest_bytes), 0, -1):
                token = self._by_text.get(rest[:length])
                if token is not None and (special or self.kinds[token] != TokenKind.CONTROL):
                    ids.append(token)
                    rest = rest[length:]
                    break
            else:
                rest = rest[1:]
        return ids

    def search(self, query: str, by: SearchBy, *, case: bool = False) -> Sequence[int]:
        """Return the ids of all tokens that fit, in their order; all of them for an empty query.

        case: whether capital letters have to be the same. bytes: the query is hexadecimal, "E2 80". id: those that
        begin with the digits of the query, the id itself first. special: no ordinary text, with the query in its name.
        """
        if by == "special":
            special = [
                token for token in range(self.size) if self.kinds[token] not in (TokenKind.NORMAL, TokenKind.BYTE)
            ]
            return [token for token in special if query.lower() in self._lowered[token]] if query else special
        if not query:
            return range(self.size)
        if by == "id":
            return self._with_number(query)
        if by == "bytes":
            return self._with_bytes(query)
        wanted = {query, query.translate(_SIGNS)}
        texts = self._decoded
        if not case:
            wanted, texts = {one.lower() for one in wanted}, self._lowered
        first, *second = sorted(wanted)
        if by == "begins":
            return [token for token, text in enumerate(texts) if text.startswith((first, *second))]
        if second:
            other = second[0]
            return [token for token, text in enumerate(texts) if first in text or other in text]
        return [token for token, text in enumerate(texts) if first in text]

    def _with_number(self, query: str) -> list[int]:
        digits = query.strip().replace(",", "")
        if not digits.isdecimal():
            return []
        wanted, digits = int(digits), str(int(digits))
        found = [token for token in range(self.size) if token != wanted and str(token).startswith(digits)]
        return ([wanted] if wanted < self.size else []) + found

    def _with_bytes(self, query: str) -> list[int]:
        try:
            wanted = bytes.fromhex(query.lower().replace("0x", "").replace("⟨", "").replace("⟩", ""))
        except ValueError:
            return []
        return [token for token, text in enumerate(self.texts) if wanted in text] if wanted else []

    @cached_property
    def _decoded(self) -> list[str]:
        return [text.decode("utf-8", "replace") for text in self.texts]

    @cached_property
    def _lowered(self) -> list[str]:
        return [text.lower() for text in self._decoded]

    @cached_property
    def _by_text(self) -> dict[bytes, int]:
        return {text: token for token, text in reversed(list(enumerate(self.texts))) if text}

    @cached_property
    def _longest_bytes(self) -> int:
        return max((len(text) for text in self.texts), default=0)


Read: TypeAlias = Callable[[VocabularyTable | NextwordError], None]


class VocabularyReader:
    """Reads the vocabulary of the model that an engine has, once; whoever asks meanwhile waits for the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = ""
        self._table: VocabularyTable | None = None
        self._waiting: list[Read] = []

    @property
    def table(self) -> VocabularyTable | None:
        """The vocabulary of the model that is loaded, None while it was not read."""
        model = self._engine.status.model
        return self._table if model is not None and model.path == self._path else None

    def read(self, done: Read) -> None:
        """Give `done` the vocabulary, or why there is none."""
        if (table := self.table) is not None:
            done(table)
            return
        self._waiting.append(done)
        if len(self._waiting) == 1:
            self._engine.ask(protocol.ListVocabulary(0), _Collector(self._finish))

    def _finish(self, result: VocabularyTable | NextwordError | None) -> None:
        waiting, self._waiting = self._waiting, []
        if isinstance(result, VocabularyTable):
            model = self._engine.status.model
            self._path, self._table = model.path if model is not None else "", result
        if result is not None:
            for done in waiting:
                done(result)


class _Collector:
    """Puts the parts of one vocabulary together; gives None when the job was stopped."""

    def __init__(self, done: Callable[[VocabularyTable | NextwordError | None], None]) -> None:
        self._done = done
        self._texts: list[bytes] = []
        self._kinds = bytearray()

    def __call__(self, event: JobEvent) -> None:
        match event:
            case protocol.VocabularyPart():
                self._texts += event.texts
                self._kinds += event.kinds
            case protocol.VocabularyListed():
                table = VocabularyTable(self._texts, bytes(self._kinds), ends=event.ends, suppressed=event.suppressed)
                self._done(table)
            case JobFailed():
                self._done(event.error)
            case protocol.Finished():
                self._done(None)
            case _:
                pass
