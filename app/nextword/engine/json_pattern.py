"""A regular expression of a JSON schema as a GBNF rule for the inside of a JSON string.

What regular expressions of schemas have in common: characters, sets, groups, alternatives and repetitions. What looks
around or back cannot be a grammar and is refused.
"""

from __future__ import annotations

from typing import NoReturn

_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": " "}  # a control character cannot stand in a JSON string
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_IN_JSON = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}
_HEX_LENGTH = {"x": 2, "u": 4}
_DEEPEST = 40
_PLAIN = r'[^"\\\x7F\x00-\x1F]'


class PatternNotUsable(Exception):
    """The part of a pattern that cannot be a grammar."""


def pattern_rule(pattern: object) -> str:
    """Return the body of a rule; it uses the rule `char`. Raises PatternNotUsable."""
    if not isinstance(pattern, str):
        raise PatternNotUsable(str(pattern))
    return _Reader(pattern).run()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._end = len(pattern)

    def run(self) -> str:
        # A pattern is looked for anywhere in the string unless it says otherwise.
        before = after = "char* "
        if self._pattern.startswith("^"):
            self._at, before = 1, ""
        if self._pattern.endswith("$") and not self._pattern.endswith("\\$"):
            self._end, after = self._end - 1, ""
        body = self._alternatives(0)
        if self._at < self._end:
            self._fail(self._at)
        return f"{before}({body}) {after}".strip()

    def _fail(self, place: int) -> NoReturn:
        raise PatternNotUsable(self._pattern[place : place + 20])

    def _peek(self) -> str:
        return self._pattern[self._at] if self._at < self._end else ""

    def _alternatives(self, depth: int) -> str:
        if depth > _DEEPEST:
            self._fail(self._at)
        found = [self._sequence(depth)]
        while self._peek() == "|":
            self._at += 1
            found.append(self._sequence(depth))
        return " | ".join(part or '""' for part in found)

    def _sequence(self, depth: int) -> str:
        parts = []
        while (sign := self._peek()) and sign not in "|)":
            start = self._at
            if sign in "^$*+?{":
                self._fail(start)
            item = self._item(sign, depth)
            parts.append(item + self._repetition(start))
        return " ".join(parts)

    def _item(self, sign: str, depth: int) -> str:
        start = self._at
        self._at += 1
        if sign == "(":
            if self._peek() == "?":
                if not self._pattern.startswith("?:", self._at):
                    self._fail(start)
                self._at += 2
            body = self._alternatives(depth + 1)
            if self._peek() != ")":
                self._fail(start)
            self._at += 1
            return f"({body})"
        if sign == "[":
            return self._set(start)
        if sign == ".":
            return "char"
        if sign == "\\" and self._peek().lower() in tuple(_SETS):
            kind = self._peek()
            self._at += 1
            inside = _SETS[kind.lower()]
            return f"[{inside}]" if kind.islower() else f"{_PLAIN[:-1]}{inside}]"
        self._at = start
        return _written(self._character())

    def _character(self) -> str:
        start = self._at
        sign = self._peek()
        self._at += 1
        if sign != "\\":
            return sign
        kind = self._peek()
        self._at += 1
        if kind in _HEX_LENGTH:
            digits = self._pattern[self._at : self._at + _HEX_LENGTH[kind]]
            self._at += len(digits)
            try:
                return chr(int(digits, 16)) if len(digits) == _HEX_LENGTH[kind] else self._fail(start)
            except ValueError:
                self._fail(start)
        if kind in _ESCAPES:
            return _ESCAPES[kind]
        if not kind or kind.isalnum():
            self._fail(start)
        return kind

    def _set(self, start: int) -> str:
        """Read a set behind its [; characters that JSON escapes become alternatives of their own."""
        negative = self._peek() == "^"
        self._at += negative
        inside, escaped = "", []
        while self._peek() != "]":
            if not self._peek():
                self._fail(start)
            if self._peek() == "\\" and self._pattern[self._at + 1 : self._at + 2] in tuple(_SETS):
                inside += _SETS[self._pattern[self._at + 1]]
                self._at += 2
                continue
            first = last = self._character()
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                last = self._character()
            if last < first:
                self._fail(start)
            if first == last and (first in _IN_JSON or first < " "):
                escaped.append(_written(first))
            elif first <= "\\" <= last or first <= '"' <= last or first < " ":
                self._fail(start)  # it would have to be cut into pieces
            else:
                inside += _in_set(first) + (f"-{_in_set(last)}" if last != first else "")
        self._at += 1
        if negative:
            return f"{_PLAIN[:-1]}{inside}]"
        ways = ([f"[{inside}]"] if inside else []) + escaped
        if not ways:
            self._fail(start)
        return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"

    def _repetition(self, start: int) -> str:
        sign = self._peek()
        if not sign or sign not in "*+?{":
            return ""
        self._at += 1
        if sign == "{":
            end = self._pattern.find("}", self._at)
            numbers = self._pattern[self._at : end].split(",")
            if end < 0 or len(numbers) > 2 or not numbers[0].isdecimal() or not (numbers[-1] or "0").isdecimal():
                self._fail(start)
            sign = "{" + self._pattern[self._at : end] + "}"
            self._at = end + 1
        if self._peek() == "?":  # as few as possible: the texts are the same
            self._at += 1
        return sign


def _written(sign: str) -> str:
    inside = _IN_JSON.get(sign, f"\\u{ord(sign):04X}" if sign < " " else sign)
    return '"' + inside.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _in_set(sign: str) -> str:
    return "\\" + sign if sign in "[]-\\" else "\\x5E" if sign == "^" else sign
