"""A vocabulary without a model: every token is the bytes that a list says."""

from __future__ import annotations

from collections.abc import Sequence


class ListedPieces:
    """Splits a text greedily, longest token first; what no token begins with is left out."""

    def __init__(self, pieces: Sequence[bytes], suppressed: Sequence[int] = ()) -> None:
        self._pieces = list(pieces)
        self.size = len(pieces)
        self.suppressed = suppressed

    def piece(self, token: int) -> bytes:
        return self._pieces[token]

    def tokenize(self, text: str, *, special: bool) -> list[int]:  # noqa: ARG002 - there are no special tokens
        rest, ids = text.encode(), []
        while rest:
            fitting = [i for i, piece in enumerate(self._pieces) if piece and rest.startswith(piece)]
            if not fitting:
                rest = rest[1:]
                continue
            best = max(fitting, key=lambda i: len(self._pieces[i]))
            ids.append(best)
            rest = rest[len(self._pieces[best]) :]
        return ids


def numbered(size: int) -> ListedPieces:
    """Return a vocabulary of words nobody writes."""
    return ListedPieces([b"<%d>" % token for token in range(size)])
