"""What examples taught, token by token: how much likelier each token of an answer is with them than without."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep
from nextword.lab.dialogue import Script
from nextword.lab.prompts import answer_joint, build
from nextword.lab.task import Item, Task


class Gain(Struct, frozen=True):
    """A token of the answer. with_examples, without: natural logs of its probability.

    step: the token with what else was likely, with examples; before: the same without them.
    """

    with_examples: float
    without: float
    step: TokenStep
    before: TokenStep

    @property
    def nats(self) -> float:
        """Above 0: the examples made it likelier."""
        return self.with_examples - self.without


def gain_map(task: Task, examples: Sequence[Item], text: str, answer: str) -> Script[tuple[Gain, ...]]:
    """Score the same tokens of `answer` after the prompt with and without examples. Raises ContextTooSmall."""
    prompts = [build(task, shown, text).prompt for shown in (tuple(examples), ())]
    joint = answer_joint(task)
    whole = answer if joint and answer.startswith(joint) else joint + answer
    said = yield _ask([(prompt, whole) for prompt in prompts])
    few, zero = _results(said)
    if few.ids != zero.ids:  # the border to the prompt cut them differently
        said = yield _ask([(prompt, few.ids) for prompt in prompts])
        few, zero = _results(said)
    return tuple(
        Gain(with_one, without, step, before)
        for with_one, without, step, before in zip(few.logprobs, zero.logprobs, few.steps, zero.steps, strict=True)
    )


def _ask(pairs: Sequence[tuple[protocol.Prompt, str | tuple[int, ...]]]) -> protocol.ScoreContinuations:
    groups = tuple(protocol.Group(prompt, (continuation,)) for prompt, continuation in pairs)
    return protocol.ScoreContinuations(0, groups, alternatives=10)


def _results(said: Sequence[protocol.JobReply]) -> list[protocol.ScoredContinuation]:
    found = [one for part in said if isinstance(part, protocol.ContinuationsPart) for one in part.results]
    return sorted(found, key=lambda one: one.group)
