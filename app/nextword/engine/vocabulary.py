"""The tokens of a loaded model: text to ids, ids to bytes, and which ids steer the model instead of being text."""

from __future__ import annotations

import ctypes
from functools import cached_property

import llama_cpp

from nextword.engine.gguf_vocabulary import EOT_KEY, stated_token
from nextword.engine.header import Header
from nextword.engine.replies import TokenKind, VocabularyInfo
from nextword.engine.token_names import END_OF_TURN, FILL_IN_MIDDLE, FILL_IN_MIDDLE_KEYS

_TYPES = {
    llama_cpp.LLAMA_VOCAB_TYPE_SPM: "spm",
    llama_cpp.LLAMA_VOCAB_TYPE_BPE: "bpe",
    llama_cpp.LLAMA_VOCAB_TYPE_WPM: "wpm",
    llama_cpp.LLAMA_VOCAB_TYPE_UGM: "ugm",
    llama_cpp.LLAMA_VOCAB_TYPE_RWKV: "rwkv",
    llama_cpp.LLAMA_VOCAB_TYPE_PLAMO2: "plamo2",
}
_SPECIAL = (
    llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
)
_KINDS = (
    (llama_cpp.LLAMA_TOKEN_ATTR_CONTROL, TokenKind.CONTROL),
    (llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED, TokenKind.USER_DEFINED),
    (llama_cpp.LLAMA_TOKEN_ATTR_BYTE, TokenKind.BYTE),
    (llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN, TokenKind.UNKNOWN),
    (llama_cpp.LLAMA_TOKEN_ATTR_UNUSED, TokenKind.UNUSED),
)


class Vocabulary:
    """Knows nothing of prompts and templates. bos, eos: None when the vocabulary has none. handle: its llama_vocab."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self.handle = handle
        self._handle = handle
        self.size: int = llama_cpp.llama_vocab_n_tokens(handle)
        self.bos = self._token(llama_cpp.llama_vocab_bos(handle))
        self.eos = self._token(llama_cpp.llama_vocab_eos(handle))
        self.add_bos = bool(llama_cpp.llama_vocab_get_add_bos(handle)) and self.bos is not None
        self.add_eos = bool(llama_cpp.llama_vocab_get_add_eos(handle)) and self.eos is not None
        self._pieces: dict[int, bytes] = {}
        self._controls: dict[int, bool] = {}

    def describe(self, header: Header) -> VocabularyInfo:
        """Return the rules of the vocabulary.

        header: of the model's file. Where it leaves open which token ends a turn or marks a gap, llama.cpp goes by
        the names, and takes whichever of several its hash table has first; we take the first in our lists.
        """
        handle, tokens = self._handle, header.special_tokens

        def choose(token: int, names: tuple[str, ...], keys: tuple[str, ...]) -> int | None:
            named = [tokens[name] for name in names if name in tokens]
            if token in named and stated_token(header, keys) is None:
                return named[0]
            return self._token(token)

        roles = {
            "prefix": llama_cpp.llama_vocab_fim_pre(handle),
            "suffix": llama_cpp.llama_vocab_fim_suf(handle),
            "middle": llama_cpp.llama_vocab_fim_mid(handle),
            "pad": llama_cpp.llama_vocab_fim_pad(handle),
            "repository": llama_cpp.llama_vocab_fim_rep(handle),
            "separator": llama_cpp.llama_vocab_fim_sep(handle),
        }
        chosen = {role: choose(token, FILL_IN_MIDDLE[role], FILL_IN_MIDDLE_KEYS[role]) for role, token in roles.items()}
        return VocabularyInfo(
            type=_TYPES.get(llama_cpp.llama_vocab_type(handle), ""),
            bos=self.bos,
            eos=self.eos,
            eot=choose(llama_cpp.llama_vocab_eot(handle), END_OF_TURN, (EOT_KEY,)),
            adds_bos=self.add_bos,
            adds_eos=self.add_eos,
            fill_in_middle={role: token for role, token in chosen.items() if token is not None},
        )

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text`, nothing added. special: whether control tokens may come out of it."""
        if not text:
            return []
        data = text.encode("utf-8", "replace")  # a lone surrogate has no bytes of its own
        room = len(data) + 8
        while True:
            buffer = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._handle, data, len(data), buffer, room, False, special)
            if count >= 0:
                return list(buffer[:count])
            room = -count

    def tokenize_after(self, before: int | None, text: str, *, special: bool) -> list[int]:
        """Return the ids of `text` as they are when the token `before` stands in front of it.

        SentencePiece vocabularies put a space before a text at the start or after a control token, and nowhere else.
        """
        if not text or before is None or not self.puts_space or self.is_special(before):
            return self.tokenize(text, special=special)
        lead = self.tokenize("\n", special=False)
        ids = self.tokenize("\n" + text, special=special)
        if ids[: len(lead)] == lead:
            return ids[len(lead) :]
        return self.tokenize(text, special=special)

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token, possibly half a character; a control token's are its name."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token)
        return known

    def text(self, token: int | None) -> str:
        """Return the name of a control token as templates write it; "" for None."""
        return "" if token is None else self.piece(token).decode("utf-8", "replace")

    def is_end(self, token: int) -> bool:
        """Whether the model ends its turn with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self._handle, token))

    def is_control(self, token: int) -> bool:
        """Whether the token steers the model and is not shown."""
        known = self._controls.get(token)
        if known is None:
            control = bool(llama_cpp.llama_vocab_is_control(self._handle, token)) or self.is_end(token)
            known = self._controls[token] = control
        return known

    def is_special(self, token: int) -> bool:
        """Whether the token is cut out of a text as a whole, before the rest is split: control or user-defined."""
        return bool(llama_cpp.llama_vocab_get_attr(self._handle, token) & _SPECIAL)

    def kind(self, token: int) -> TokenKind:
        """Return what the token is; one at which the model ends its text steers it, whatever its file calls it."""
        if self.is_control(token):
            return TokenKind.CONTROL
        attributes = llama_cpp.llama_vocab_get_attr(self._handle, token)
        return next((kind for bit, kind in _KINDS if attributes & bit), TokenKind.NORMAL)

    @cached_property
    def suppressed(self) -> tuple[int, ...]:
        """The tokens that the file says are never to be drawn; llama.cpp's own programs ban them, too."""
        count = ctypes.c_int32(0)
        found = llama_cpp.llama_vocab_get_suppress_tokens(self._handle, ctypes.byref(count))
        return tuple(found[: count.value]) if count.value > 0 else ()

    @cached_property
    def control_texts(self) -> tuple[str, ...]:
        """The texts that become control tokens when a text is tokenized with `special`, longest first."""
        found = {
            llama_cpp.llama_vocab_get_text(self._handle, token).decode("utf-8", "replace")
            for token in range(self.size)
            if self.is_special(token) or self.is_control(token)
        }
        return tuple(sorted(found - {""}, key=len, reverse=True))

    @cached_property
    def puts_space(self) -> bool:
        first = self.tokenize("a", special=False)
        return bool(first) and self.piece(first[0]).startswith(b" ")

    def _read_piece(self, token: int) -> bytes:
        if not 0 <= token < self.size:
            return b""
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = llama_cpp.llama_token_to_piece(self._handle, token, buffer, room, 0, True)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def _token(self, token: int) -> int | None:
        return token if 0 <= token < self.size else None
