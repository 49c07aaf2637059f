"""A quick look at in-context learning while training: accuracy by number of examples, in PyTorch."""

from __future__ import annotations

import random

import torch

from starter.corpus import sets
from starter.examples import mixed_examples
from starter.model import StarterModel
from starter.tokenizer import BEGIN_ID, Codec

TASKS = ("foobar", "sentiment")
COUNTS = (0, 1, 4, 8)
ITEMS = 40
ROWS_AT_ONCE = 20


class Ladder:
    """Two tasks, few items: cheap enough to be printed every million tokens."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def _cases(self, name: str, count: int) -> list[tuple[list[int], list[int], int]]:
        """Return (prompt ids, first ids of the labels, index of the right label) for each item."""
        source = random.Random(f"{name}/{count}")
        labels = list(sets.SETS[name].verbalizers.values())
        heads = [self.codec.encode(" " + label)[0] for label in labels]
        pool = sets.load(name, "examples")
        found = []
        for row in sets.load(name, "test")[:ITEMS]:
            text = sets.prompt(name, mixed_examples(pool, count, source), row)
            found.append(([BEGIN_ID, *self.codec.encode(text)], heads, labels.index(sets.answer(name, row))))
        return found

    @torch.no_grad()
    def accuracy(self, model: StarterModel, name: str, count: int) -> float:
        """Return the share of items whose label is likelier than the others, by its first token."""
        cases = sorted(self._cases(name, count), key=lambda case: len(case[0]))
        right = 0
        for start in range(0, len(cases), ROWS_AT_ONCE):
            part = cases[start : start + ROWS_AT_ONCE]
            longest = max(len(ids) for ids, _, _ in part)
            tokens = torch.zeros(len(part), longest, dtype=torch.long)
            for number, (ids, _, _) in enumerate(part):
                tokens[number, : len(ids)] = torch.tensor(ids)
            states = model.hidden(tokens.to(next(model.parameters()).device))
            for number, (ids, heads, answer) in enumerate(part):
                logits = model.output(states[number, len(ids) - 1])[heads]
                right += int(logits.argmax().item() == answer)
        return right / len(cases)

    def __call__(self, model: StarterModel) -> str:
        """Return one line: each task's accuracy at 0, 1, 4 and 8 examples."""
        found = []
        device = next(model.parameters()).device.type
        with torch.autocast(device, torch.bfloat16), torch.compiler.set_stance("force_eager"):
            for name in TASKS:
                rates = " ".join(f"{self.accuracy(model, name, count):.2f}" for count in COUNTS)
                found.append(f"{name} k=0/1/4/8 {rates}")
        return "| " + " | ".join(found)
