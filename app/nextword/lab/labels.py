"""What can be done with the labels of a task: a word more, names that an answer says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from nextword.lab.task import Label, Task


def with_word(task: Task, label: int, word: str) -> Task:
    """Return the task with a word more for that label, as it is written: blanks around it are left out."""
    word = word.strip()
    if not word or word in task.labels[label].words:
        return task
    return with_words(task, label, (*task.labels[label].words, word))


def without_word(task: Task, label: int, word: str) -> Task:
    """Return the task without that word of the label."""
    return with_words(task, label, tuple(each for each in task.labels[label].words if each != word))


def with_words(task: Task, label: int, words: Sequence[str]) -> Task:
    """Return the task with other words for that label."""
    labels = list(task.labels)
    labels[label] = Label(labels[label].name, tuple(words))
    return replace(task, labels=tuple(labels))


def named_label(task: Task, answer: str) -> int:
    """Return the one label that a written answer names by a word or by its name, -1 for none or several.

    Case does not matter; a word counts where it stands by itself, so "posit" is not in "positive". Where one name
    holds another ("relevant", "not relevant"), the longest counts at its place.
    """
    words = sorted(
        ((word, index) for index, label in enumerate(task.labels) for word in {*label.words, label.name} if word),
        key=lambda pair: -len(pair[0]),
    )
    named: set[int] = set()
    rest = answer
    for word, index in words:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        if pattern.search(rest):
            named.add(index)
            rest = pattern.sub("\x00", rest)
    return named.pop() if len(named) == 1 else -1
