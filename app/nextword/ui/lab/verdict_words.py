"""A verdict of the lab in words: what was counted, how sure it is, and what would decide it."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QCoreApplication

from nextword.lab.statistics import Interval
from nextword.lab.verdict import FEWEST_ITEMS, Verdict


class Said(Struct, frozen=True):
    """headline: what was counted. numbers: shares with their intervals, and p. meaning: what follows."""

    headline: str
    numbers: str
    meaning: str

    @property
    def whole(self) -> str:
        return " ".join(part for part in (self.headline, self.numbers, self.meaning) if part)


def verdict_words(verdict: Verdict, first: str, second: str, *, comparisons: int = 1) -> Said:
    """Return the words. first, second: the names of the conditions. comparisons: made together with this one."""
    if verdict.finding == "too_few":
        items = _tr("1 item is") if verdict.items == 1 else _tr("{count} items are").format(count=verdict.items)
        return Said(
            _tr("No verdict."),
            "",
            _tr("{items} too few: below {fewest}, chance alone explains almost any difference.").format(
                items=items, fewest=FEWEST_ITEMS
            ),
        )
    return Said(_headline(verdict, first, second), _numbers(verdict, comparisons), _meaning(verdict, _inside(second)))


def percent_interval(interval: Interval) -> str:
    """Return a share with its interval: 86.0 % [80.5, 90.1]."""
    return f"{100 * interval.value:.1f} % [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def p_words(p: float) -> str:
    """Return a p value as papers write it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.0995 else f"p = {p:.2f}"


def _headline(verdict: Verdict, first: str, second: str) -> str:
    first = _inside(first)
    if verdict.only_first == verdict.only_second == 0:
        return _tr("{second} and {first} get the same items right.").format(first=first, second=second)
    more = _items(verdict.only_second)
    if verdict.sets > 1:
        second = _inside(second)
        return _tr(
            "Counting what most of the {sets} example sets get right, {second} answers {more} correctly that {first} "
            "does not, and misses {fewer} that {first} has."
        ).format(sets=verdict.sets, second=second, first=first, more=more, fewer=verdict.only_first)
    return _tr("{second} answers {more} correctly that {first} does not, and misses {fewer} that {first} has.").format(
        second=second, first=first, more=more, fewer=verdict.only_first
    )


def _numbers(verdict: Verdict, comparisons: int) -> str:
    shares = _tr("{second} against {first}, n = {items}").format(
        second=percent_interval(verdict.second), first=percent_interval(verdict.first), items=verdict.items
    )
    test = _tr("exact McNemar {p}").format(p=p_words(verdict.p))
    if comparisons > 1:
        test += _tr(", {p} among {count} comparisons (Benjamini-Hochberg)").format(
            p=p_words(verdict.adjusted_p), count=comparisons
        )
    text = f"{shares}; {test}."
    if verdict.sets > 1:
        difference = verdict.difference
        text += " " + _tr("Difference over items and example sets {value} points [{low}, {high}] (bootstrap).").format(
            value=f"{100 * difference.value:+.1f}",
            low=f"{100 * difference.low:+.1f}",
            high=f"{100 * difference.high:+.1f}",
        )
    return text


def _meaning(verdict: Verdict, second: str) -> str:
    match verdict.finding:
        case "better" | "worse" if verdict.sets > 1:
            return _tr("The difference is real on these items and holds over the example sets.")
        case "better" | "worse":
            return _tr("The difference is real on these items.")
        case "same":
            return _tr("There is nothing to decide.")
        case _:
            return _undecided(verdict, second)


def _undecided(verdict: Verdict, second: str) -> str:
    if verdict.short_of == "sets":
        return _tr(
            "Not decided: the example sets differ more among themselves than {second} differs. More example sets would "
            "decide it, more items would not."
        ).format(second=second)
    if verdict.more_items is None:
        return _tr("Not decided: the two are even so far, and this can be chance.")
    return _tr("Not enough to decide. If it goes on like this, about {items} would decide it.").format(
        items=_more_items(_rounded(verdict.more_items))
    )


def _inside(name: str) -> str:
    """Return the name of a condition as it stands inside a sentence."""
    return name[:1].lower() + name[1:]


def _rounded(count: int) -> int:
    """Return a count to two digits: it is an estimate."""
    step = 1
    while count // step >= 100:
        step *= 10
    return max(1, round(count / step) * step)


def _items(count: int) -> str:
    return _tr("1 item") if count == 1 else _tr("{count} items").format(count=count)


def _more_items(count: int) -> str:
    return _tr("1 more item") if count == 1 else _tr("{count} more items").format(count=f"{count:,}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("verdict_words", text)
