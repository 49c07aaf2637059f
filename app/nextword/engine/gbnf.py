"""Reads GBNF, the language of llama.cpp's grammars, to say where a grammar is wrong before llama.cpp gets it.

llama.cpp prints its reasons without a line, and some grammars make it run forever or end the process: braces such as
{5,2}, thousands of nested parentheses, recursion behind something that can be empty, choices whose number grows
exponentially. Those are refused here. Knows no model; nothing of the grammar is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from nextword.errors import GrammarNotUnderstood

REASONS = (
    "empty", "two", "too_large", "character", "name", "assign", "rule_end", "string_end", "set_end", "set_empty",
    "escape", "code_point", "set_order", "group_end", "too_deep", "nothing_to_repeat", "count", "count_order",
    "too_often", "token", "undefined", "twice", "no_root", "left_recursion", "too_many_ways", "too_slow", "refused",
)  # fmt: skip
"""What can be wrong with a grammar; the words are in ui/explain_sampling.py. too_slow
comes while a text is written. refused: llama.cpp alone knows why."""

MAX_CHARACTERS = 200_000
MAX_REPEATS = 2000  # llama.cpp's own limit; it takes a higher upper bound for no bound at all
MAX_DEPTH = 200  # of nested parentheses; llama.cpp calls itself for each
MAX_ELEMENTS = 1_000_000
MAX_WAYS = 4000  # in which a rule can begin: llama.cpp follows them all, and compares each with each

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_HEX_LENGTH = {"x": 2, "u": 4, "U": 8}
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n", "\\": "\\", '"': '"', "[": "[", "]": "]", "-": "-"}
_NEAR_CHARACTERS = 20

_Element: TypeAlias = int  # the number of a rule, or _CHARACTERS
_Sequence: TypeAlias = list[_Element]
_CHARACTERS = -1


def check(text: str) -> None:
    """Raise GrammarNotUnderstood unless llama.cpp can use the grammar."""
    reader = _Reader(text)
    reader.read()
    _Rules(reader).check()


@dataclass
class _Reader:
    """Reads rules as llama.cpp's parser does, and writes out repetitions and groups as rules like it."""

    text: str
    at: int = 0
    elements: int = 0
    numbers: dict[str, int] = field(default_factory=dict)  # of the rules, by name
    mentions: dict[int, int] = field(default_factory=dict)  # where a rule was first named
    places: dict[int, int] = field(default_factory=dict)  # where a rule is defined
    rules: dict[int, list[_Sequence]] = field(default_factory=dict)

    def read(self) -> None:
        if len(self.text) > MAX_CHARACTERS:
            self.fail("too_large", 0)
        for place, character in enumerate(self.text):
            if character == "\0" or "\ud800" <= character <= "\udfff":
                self.fail("character", place)
        self._space(lines=True)
        while self.at < len(self.text):
            self._rule()
        if not self.rules:
            self.fail("empty", self.at)

    def fail(self, reason: str, place: int, near: str = "") -> NoReturn:
        before = self.text[:place]
        line = before.count("\n") + 1
        column = place - (before.rfind("\n") + 1) + 1
        near = near or self.text[place : place + _NEAR_CHARACTERS].split("\n")[0].strip()
        raise GrammarNotUnderstood(reason, line, column, near)

    def _rule(self) -> None:
        start = self.at
        number = self._number(self._name())
        self._space(lines=False)
        if not self.text.startswith("::=", self.at):
            self.fail("assign", self.at)
        self.at += 3
        if number in self.rules:
            self.fail("twice", start)
        self.places[number] = start
        self._space(lines=True)
        self.rules[number] = self._alternates(depth=0)
        if self._peek() not in ("", "\r", "\n"):
            self.fail("rule_end", self.at)
        self._space(lines=True)

    def _alternates(self, *, depth: int) -> list[_Sequence]:
        found = [self._sequence(depth)]
        while self._peek() == "|":
            self.at += 1
            self._space(lines=True)
            found.append(self._sequence(depth))
        return found

    def _sequence(self, depth: int) -> _Sequence:
        sequence: _Sequence = []
        last = 0  # where the item begins that a repetition would repeat
        inner = 1  # how many rules it brought
        while True:
            start, known = self.at, len(self.numbers)
            sign = self._peek()
            if sign in _REPEATS:
                fewest, most = self._repetition(lines=depth > 0)
                if last == len(sequence):
                    self.fail("nothing_to_repeat", start)
                times = most or fewest or 1
                if inner * times > MAX_REPEATS:
                    self.fail("too_often", start)
                self._repeat(sequence, last, fewest, most)
                inner *= times
            elif sign and (sign in _ITEMS or sign in _NAME):
                last, inner = len(sequence), 1
                sequence += self._item(sign, depth)
                if sign == "(":
                    inner = max(1, len(self.numbers) - known)
            else:
                return sequence
            self.elements += len(sequence) - last
            if self.elements > MAX_ELEMENTS:
                self.fail("too_large", start)
            self._space(lines=depth > 0)

    def _item(self, sign: str, depth: int) -> _Sequence:
        if sign == '"':
            return self._string()
        if sign == "[":
            return self._set()
        if sign == "(":
            return self._group(depth)
        if sign == ".":
            self.at += 1
            return [_CHARACTERS]
        if sign in "<!":
            self.fail("token", self.at)
        place = self.at
        number = self._number(self._name())
        self.mentions.setdefault(number, place)
        return [number]

    def _string(self) -> _Sequence:
        start = self.at
        self.at += 1
        found: _Sequence = []
        while self._peek() != '"':
            if not self._peek():
                self.fail("string_end", start)
            place = self.at
            if self._character() == 0:  # llama.cpp takes it for the end of a token
                self.fail("code_point", place)
            found.append(_CHARACTERS)
        self.at += 1
        return found

    def _set(self) -> _Sequence:
        start = self.at
        self.at += 2 if self.text.startswith("[^", start) else 1
        if self._peek() == "]":
            self.fail("set_empty", start)
        while self._peek() != "]":
            if not self._peek():
                self.fail("set_end", start)
            place = self.at
            first = self._character()
            if self._peek() == "-" and not self.text.startswith("-]", self.at):
                self.at += 1
                if not self._peek():
                    self.fail("set_end", start)
                if self._character() < first:
                    self.fail("set_order", place)
        self.at += 1
        return [_CHARACTERS]

    def _group(self, depth: int) -> _Sequence:
        start = self.at
        if depth >= MAX_DEPTH:
            self.fail("too_deep", start)
        self.at += 1
        self._space(lines=True)
        number = self._new_number()
        self.rules[number] = self._alternates(depth=depth + 1)
        self.places[number] = start
        if self._peek() != ")":
            self.fail("group_end", start if not self._peek() else self.at)
        self.at += 1
        return [number]

    def _repetition(self, *, lines: bool) -> tuple[int, int | None]:
        """Return the fewest and the most times, None for no limit. lines: whether it can go on in the next line."""
        sign = self._peek()
        self.at += 1
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        start = self.at - 1
        self._space(lines=lines)
        fewest = most = self._count()
        self._space(lines=lines)
        limited = True
        if self._peek() == ",":
            self.at += 1
            self._space(lines=lines)
            limited = self._peek() != "}"
            most = self._count() if limited else 0
            self._space(lines=lines)
        if self._peek() != "}":
            self.fail("count", self.at)
        self.at += 1
        if max(fewest, most) > MAX_REPEATS:
            self.fail("too_often", start)
        if limited and most < fewest:
            self.fail("count_order", start)
        return fewest, most if limited else None

    def _count(self) -> int:
        start = self.at
        while self._peek() and self._peek() in _DIGITS:
            self.at += 1
        if start == self.at:
            self.fail("count", start)
        return int(self.text[start : min(self.at, start + 9)])  # that many digits are too often anyway

    def _repeat(self, sequence: _Sequence, last: int, fewest: int, most: int | None) -> None:
        """Write the repetition of the item at the end of `sequence` as llama.cpp does.

        x{2,4} becomes x x y2, y2 ::= x y1 |, y1 ::= x |; and x* becomes y, y ::= x y |.
        """
        item = sequence[last:]
        del sequence[last:]
        sequence += item * fewest
        following: int | None = None
        for _ in range(1 if most is None else most - fewest):
            number = self._new_number()
            behind = number if most is None else following
            self.rules[number] = [item + ([] if behind is None else [behind]), []]
            self.places[number] = self.at
            self.elements += len(item)
            following = number
        if following is not None:
            sequence.append(following)

    def _character(self) -> int:
        """Read one character, possibly escaped, and return its code point."""
        start = self.at
        sign = self.text[start]
        self.at += 1
        if sign != "\\":
            return ord(sign)
        kind = self._peek()
        self.at += 1
        if kind in _ESCAPED:
            return ord(_ESCAPED[kind])
        if kind not in _HEX_LENGTH:
            self.fail("escape", start)
        digits = self.text[self.at : self.at + _HEX_LENGTH[kind]]
        if len(digits) < _HEX_LENGTH[kind] or not _HEX.issuperset(digits):
            self.fail("escape", start)
        self.at += len(digits)
        code = int(digits, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            self.fail("code_point", start)
        return code

    def _name(self) -> str:
        start = self.at
        while self._peek() and self._peek() in _NAME:
            self.at += 1
        if start == self.at:
            self.fail("name", start)
        return self.text[start : self.at]

    def _number(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))

    def _new_number(self) -> int:
        return self._number(f"_{len(self.numbers)}")  # no name of a grammar has a low line

    def _space(self, *, lines: bool) -> None:
        while (sign := self._peek()) and (sign in " \t#" or (lines and sign in "\r\n")):
            if sign == "#":
                while self._peek() not in ("", "\r", "\n"):
                    self.at += 1
            else:
                self.at += 1

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]


_REPEATS = frozenset("*+?{")
_ITEMS = frozenset('"[(.<!')


class _Rules:
    """The rules of a grammar as llama.cpp works with them, and whether it can."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._rules = reader.rules

    def check(self) -> None:
        reader = self._reader
        for number, place in reader.mentions.items():
            if number not in self._rules:
                name = next(name for name, known in reader.numbers.items() if known == number)
                reader.fail("undefined", place, name)
        if "root" not in reader.numbers:
            raise GrammarNotUnderstood("no_root")
        empty = self._can_be_empty()
        self._refuse_too_many_ways(self._order(empty), empty)

    def _can_be_empty(self) -> set[int]:
        empty: set[int] = set()
        users: dict[int, list[tuple[int, _Sequence]]] = {}
        work = []
        for number, alternates in self._rules.items():
            for sequence in alternates:
                if not sequence:
                    work.append(number)
                elif _CHARACTERS not in sequence:
                    for element in set(sequence):
                        users.setdefault(element, []).append((number, sequence))
        while work:
            number = work.pop()
            if number in empty:
                continue
            empty.add(number)
            work += [
                user for user, sequence in users.get(number, []) if user not in empty and empty.issuperset(sequence)
            ]
        return empty

    def _beginnings(self, number: int, empty: set[int]) -> list[int]:
        """Return the rules that can stand first in a rule."""
        found = []
        for sequence in self._rules[number]:
            for element in sequence:
                if element == _CHARACTERS:
                    break
                found.append(element)
                if element not in empty:
                    break
        return found

    def _order(self, empty: set[int]) -> list[int]:
        """Return the rules, each behind those that it can begin with. Refuses left recursion."""
        order: list[int] = []
        done: dict[int, bool] = {}  # False: on the path
        for first in self._rules:
            path = [] if first in done else [(first, iter(self._beginnings(first, empty)))]
            done.setdefault(first, False)
            while path:
                number, beginnings = path[-1]
                for element in beginnings:
                    if done.get(element) is False and not (number == element and self._is_harmless(number)):
                        self._reader.fail("left_recursion", self._reader.places[element])
                    if element not in done:
                        done[element] = False
                        path.append((element, iter(self._beginnings(element, empty))))
                        break
                else:
                    path.pop()
                    done[number] = True
                    order.append(number)
        return order

    def _is_harmless(self, number: int) -> bool:
        """Whether a rule that can begin with itself is x ::= y x |, which llama.cpp does not follow for ever.

        It refuses it, too, when an alternate of y is nothing at all.
        """
        alternates = self._rules[number]
        if len(alternates) != 2 or alternates[1] or alternates[0][-1] != number:
            return False
        return not any([] in self._rules[element] for element in alternates[0][:-1] if element != _CHARACTERS)

    def _refuse_too_many_ways(self, order: list[int], empty: set[int]) -> None:
        """Count how llama.cpp would follow each rule to the characters that it can begin with.

        It follows every path, also to a rule that it has followed before, and does so again behind each character.
        """
        ways: dict[int, int] = {}
        for number in order:
            ways[number] = 1  # what it counts for in itself
            ways[number] += sum(self._ways(sequence, ways, empty)[0] for sequence in self._rules[number])
            if ways[number] > MAX_WAYS:
                self._reader.fail("too_many_ways", self._reader.places[number])
        for number, sequences in self._rules.items():
            if any(max(self._ways(sequence, ways, empty)) > MAX_WAYS for sequence in sequences):
                self._reader.fail("too_many_ways", self._reader.places[number])

    @staticmethod
    def _ways(sequence: _Sequence, ways: dict[int, int], empty: set[int]) -> list[int]:
        """Return for every place of a sequence in how many ways it can go on there."""
        found = [0]
        for element in reversed(sequence):
            # A rule that is not counted yet cannot stand first: nothing is lost by the 1.
            found.append(ways.get(element, 1) + (found[-1] if element in empty else 0))
        return found[::-1]
