"""Whole numbers within limits as a GBNF rule: digit by digit."""

from __future__ import annotations

import math

_DIGITS = 16  # of the largest number that is written without limits


def integers(low: float, high: float) -> str:
    """Return the body of a rule for the whole numbers from `low` to `high`, each whole or infinite, both included."""
    largest = 10**_DIGITS - 1
    first = -largest if low == -math.inf else int(low)
    last = largest if high == math.inf else int(high)
    if last < first:  # one limit is beyond the largest and the other is not given
        first, last = (first, first) if high == math.inf else (last, last)
    ways = []
    if first < 0:
        ways += [f'"-" {body}' for body in _from(max(1, -last), -first)]
    if last >= 0:
        ways += _from(max(0, first), last)
    return " | ".join(ways)


def _from(low: int, high: int) -> list[str]:
    """Return bodies for the numbers from `low` to `high`, neither below 0."""
    found = []
    for length in range(len(str(low)), len(str(high)) + 1):
        start = max(low, 10 ** (length - 1) if length > 1 else 0)
        end = min(high, 10**length - 1)
        if start <= end:
            found.append(_between(str(start), str(end)))
    return found


def _between(low: str, high: str) -> str:
    """Return a body for the numbers between two that have equally many digits."""
    if not low:
        return ""
    rest = len(low) - 1
    if low[1:] == "0" * rest and high[1:] == "9" * rest:
        return f"{_digit(low[0], high[0])} {_any(rest)}".rstrip()
    if low[0] == high[0]:
        return f'"{low[0]}" {_between(low[1:], high[1:])}'.rstrip()
    ways = [f'"{low[0]}" {_between(low[1:], "9" * rest)}']
    if int(high[0]) - int(low[0]) > 1:
        ways.append(f"{_digit(str(int(low[0]) + 1), str(int(high[0]) - 1))} {_any(rest)}")
    ways.append(f'"{high[0]}" {_between("0" * rest, high[1:])}')
    return f"({' | '.join(ways)})"


def _digit(low: str, high: str) -> str:
    return f'"{low}"' if low == high else f"[{low}-{high}]"


def _any(count: int) -> str:
    return "" if count == 0 else f"[0-9]{{{count}}}"
