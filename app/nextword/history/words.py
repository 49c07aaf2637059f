"""Words of a text as the search sees them: what is put into the index, what a query asks for, where it is found.

Upper and lower case, accents, full-width signs and typographic quotes make no difference. In scripts written without
spaces, and for symbols such as emoji, every character is a word of its own; a query of several is looked up in the
text itself, so that any part of a sentence is found.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

LONGEST_WORD = 64
"""Characters. What is longer (a hash, an encoded picture) is known by its beginning."""
SNIPPET_CHARACTERS = 160
SNIPPET_BEFORE = 40
QUERY_CHARACTERS = 1000
"""A query is cut here: more is a pasted page, and its first words find it."""

# Thai to Tibetan, Myanmar, Khmer, CJK with kana and Hangul, symbols and emoji
_DENSE = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2100-\u2bff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff"
)
_INDIC = "\u0900-\u0963\u0966-\u096f\u0971-\u0aef\u0af1-\u0df3"  # their vowel signs are marks, not letters
_DENSE_PUNCTUATION = (
    "\u0e4f\u0e5a\u0e5b\u0f04-\u0f14\u0f3a-\u0f3d\u0f85\u0fd0-\u0fda\u104a-\u104f\u17d4-\u17da\u2768-\u2775"
    "\u27c5\u27c6\u27e6-\u27ef\u2983-\u2998\u29d8-\u29db\u29fc\u29fd\u303d\u30a0\u30fb"
)
_WORD = rf"(?:[^\W_{_DENSE}]|[{_INDIC}])"
_TOKEN = re.compile(rf"{_WORD}+|(?![{_DENSE_PUNCTUATION}])[{_DENSE}]")
_WORD_CHARACTER = re.compile(_WORD)
_DENSE_CHARACTER = re.compile(f"[{_DENSE}]")
_LONG = re.compile(r"[A-Za-z0-9]{65}")
_NOT_SEEN = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)
_SAME_SIGNS = str.maketrans("‘’‚‛“”„‟‐‑‒–—−", "''''\"\"\"\"------")
_PHRASE = re.compile(r'"([^"]+)"|(\S+)')
_BLANK = re.compile(r"\s")
_BLOCK = 20_000
_AROUND_WORDS = ".,;:!?()[]{}\"'…。、，"


def fold(text: str) -> str:
    """Return `text` without what makes no difference to the search."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _NOT_SEEN.sub("", plain)).translate(_SAME_SIGNS)


def words(folded: str) -> list[str]:
    """Return the words of a folded text in their order."""
    return [word[:LONGEST_WORD] for word in _TOKEN.findall(folded)]


def index_text(text: str) -> str:
    """Return what the index is given for `text`: words separated by what is no word to SQLite either."""
    if text.isascii() and _LONG.search(text) is None:
        return text  # SQLite's own tokenizer finds the same words in it
    return " ".join(dict.fromkeys(words(fold(text))))


class Query(Struct, frozen=True):
    """What is looked for. All of it must be in the same message or title.

    whole: words that must be there; beginning: what one more word must begin with, "" for nothing; literal: folded
    texts that must be there sign by sign.
    """

    whole: tuple[str, ...] = ()
    beginning: str = ""
    literal: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.whole or self.beginning or self.literal)

    @property
    def indexed(self) -> bool:
        """Whether the index can help; if not (nothing but signs), texts are looked through."""
        return bool(self.whole or self.beginning)

    def match_expression(self, *, whole_words_only: bool = False) -> str:
        """Return the expression for FTS5: every word quoted, so that nothing in it has a meaning."""
        parts = [f'"{word}"' for word in self.whole]
        if self.beginning and not whole_words_only:
            parts.append(f'"{self.beginning}"*')
        return " AND ".join(parts)


def parse(text: str) -> Query:
    """Return what a person looks for by typing `text`; its last word may be half typed. Takes any text."""
    text = text[:QUERY_CHARACTERS]
    whole: dict[str, None] = {}
    literal: dict[str, None] = {}
    beginning = ""
    chunks: list[tuple[str, str]] = _PHRASE.findall(text)
    for number, (quoted, plain) in enumerate(chunks):
        folded = " ".join(fold(quoted or plain).split())
        phrase = folded.strip(_AROUND_WORDS)
        found = words(phrase)
        phrase = phrase if found else folded
        if phrase and found != [phrase]:
            literal[phrase] = None
        half_typed = number == len(chunks) - 1 and plain and text.endswith(plain)
        if half_typed and found and folded.endswith(found[-1]) and not _DENSE_CHARACTER.match(found[-1]):
            beginning = found.pop()
        whole |= dict.fromkeys(found)
    return Query(tuple(whole), beginning, tuple(literal))


class Snippet(Struct, frozen=True):
    """A piece of a text on one line. matches: (start, end) of what was found, in characters (code points)."""

    text: str
    matches: tuple[tuple[int, int], ...] = ()


class Matcher:
    """Finds a query in texts."""

    def __init__(self, query: Query) -> None:
        self._terms = [_Term(text) for text in query.literal]
        self._terms += [_Term(word, whole=not _DENSE_CHARACTER.match(word)) for word in query.whole]
        if query.beginning:
            self._terms.append(_Term(query.beginning, begins=True))

    def found_in(self, text: str) -> bool:
        """Return whether all that is looked for is in `text`."""
        folded = " ".join(fold(text).split()) if any(" " in term.text for term in self._terms) else fold(text)
        return all(term.find(folded) is not None for term in self._terms)

    def snippet(self, text: str) -> Snippet:
        """Return the piece of `text` around the first match, with all matches in it."""
        at = self._first(text)
        start = 0 if at <= 2 * SNIPPET_BEFORE else at - SNIPPET_BEFORE
        blank = _BLANK.search(text, start, at) if start else None
        start = start if blank is None else blank.end()  # do not begin inside a word
        end = min(len(text), start + SNIPPET_CHARACTERS)
        piece = " ".join(text[start:end].split())
        lead = "…" if start else ""
        matches = tuple((begin + len(lead), end + len(lead)) for begin, end in self._matches(piece))
        return Snippet(lead + piece + ("…" if end < len(text) else ""), matches)

    def _first(self, text: str) -> int:
        """Return where the first match begins, 0 for none; of a long text no more is folded than is needed."""
        for start in range(0, len(text), _BLOCK - QUERY_CHARACTERS):
            folded, places = _folded_with_places(text[start : start + _BLOCK])
            found = [span[0] for term in self._terms if (span := term.find(folded)) is not None]
            if found:
                return start + places[min(found)]
        return 0

    def _matches(self, piece: str) -> list[tuple[int, int]]:
        """Return where something is found in a piece, in order, none inside another."""
        folded, places = _folded_with_places(piece)
        spans: list[tuple[int, int]] = []
        for term in self._terms:
            span = term.find(folded)
            while span is not None:
                spans.append((places[span[0]], places[span[1] - 1] + 1))
                span = term.find(folded, span[1])
        found: list[tuple[int, int]] = []
        for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if not found or begin >= found[-1][1]:
                found.append((begin, end))
        return found


class _Term:
    """Something that is looked for. whole: not inside a longer word; begins: not inside a word, but it may go on.

    A word that was cut may go on as well.
    """

    def __init__(self, text: str, *, whole: bool = False, begins: bool = False) -> None:
        self.text = text
        self._alone = whole or begins
        self._ends = whole and len(text) < LONGEST_WORD

    def find(self, folded: str, start: int = 0) -> tuple[int, int] | None:
        """Return where it is, from `start` on."""
        at = folded.find(self.text, start)
        while at >= 0:
            end = at + len(self.text)
            if not self._alone or (
                (at == 0 or _WORD_CHARACTER.match(folded[at - 1]) is None)
                and not (self._ends and _WORD_CHARACTER.match(folded, end))
            ):
                return at, end
            at = folded.find(self.text, at + 1)
        return None


def _folded_with_places(text: str) -> tuple[str, range | list[int]]:
    """Return the folded text and for each of its characters the place in `text` it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        part = _folded_character(character)
        folded.append(part)
        places.extend([place] * len(part))
    return "".join(folded), places


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    return fold(character)
