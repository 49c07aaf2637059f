"""Ready experiments on the examples of the moment: wrong labels, made-up labels, all orders, other formats.

Each is a plan of its own, run and kept as any sweep. What they are after: Min et al. 2022 (2202.12837) and Yoo et al.
2022 (2205.12685) on labels, Lu et al. 2021 (2104.08786) on order, Sclar et al. 2023 (2310.11324) on formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

from msgspec.structs import replace

from nextword.lab.examples import FAN
from nextword.lab.sweep import Plan, Variant
from nextword.lab.task import Label, Task, Template

Shake: TypeAlias = Literal["random_labels", "flipped_labels", "made_up_labels", "orders", "formats"]
SHAKES: Final[tuple[Shake, ...]] = get_args(Shake)

ORDERED_EXAMPLES = 4
MADE_UP: Final = ("foo", "bar", "baz", "qux", "dax", "wug", "blick", "zup")
_SEVERAL_SETS = 5


def shaken(plan: Plan, shake: Shake, *, count: int) -> Plan:
    """Return the plan of an experiment beside the same without it. count: how many examples, where that is free.

    Where the plan has examples of its own (those that are ticked), they are used; else five sets are drawn.
    """
    task = plan.task
    one = replace(plan, counts=(max(1, count),), orders=1, variants=plan.variants[:1])
    if not one.examples:
        one = replace(one, sets=_SEVERAL_SETS)
    match shake:
        case "random_labels":
            return _beside(one, [Variant(shake, task, "random")])
        case "flipped_labels":
            return _beside(one, [Variant(shake, task, "flipped")])
        case "made_up_labels":
            return _beside(one, [Variant(shake, with_made_up_labels(task))])
        case "orders":
            count = min(ORDERED_EXAMPLES, len(one.examples)) if one.examples else ORDERED_EXAMPLES
            return replace(one, counts=(count,), sets=1, orders=FAN)
        case "formats":
            return replace(one, variants=tuple(formats(task)))


def is_possible(plan: Plan, shake: Shake) -> bool:
    """Whether there is something to shake: labels for the experiments with labels, two examples for the orders."""
    examples = plan.examples or plan.pool
    if shake in ("orders", "formats"):
        return len(examples) >= (2 if shake == "orders" else 1)
    return plan.task.kind == "labels" and 2 <= len(plan.task.labels) <= len(MADE_UP) and bool(examples)


def with_made_up_labels(task: Task) -> Task:
    """Return the task with words for its labels that mean nothing; what the labels are called stays."""
    taken = {word.strip().casefold() for label in task.labels for word in label.words}
    free = [word for word in MADE_UP if word not in taken]
    words = [*free, *(word for word in MADE_UP if word in taken)]
    labels = (Label(label.name, (word,)) for label, word in zip(task.labels, words, strict=False))
    return replace(task, labels=tuple(labels))


def formats(task: Task) -> Sequence[Variant]:
    """Return the task in its own format and in four others that say the same."""
    own = task.template
    asked, answered = _bare(own.input_prefix) or "Input", _bare(own.output_prefix) or "Output"
    others = (
        Template("lines", own.instruction, f"{asked}: ", f"\n{answered}:", "\n\n"),
        Template("one_line", own.instruction, f"{asked}: ", f" {answered}:", "\n"),
        Template("capitals", own.instruction, f"{asked.upper()}: ", f"\n{answered.upper()}:", "\n\n"),
        Template("dashes", own.instruction, f"{asked} - ", f"\n{answered} -", "\n\n"),
        Template("arrow", own.instruction, "", " ->", "\n"),
        Template("question", own.instruction, "Q: ", "\nA:", "\n\n"),
    )
    found = [Variant("own", task)]
    for template in others:
        same = (own.input_prefix, own.output_prefix, own.separator)
        if (template.input_prefix, template.output_prefix, template.separator) != same and len(found) < _FORMATS:
            found.append(Variant(template.name, replace(task, template=template)))
    return found


def formats_of_both(base: Task, instruct: Task) -> Sequence[Variant]:
    """Return the formats of a task that models of both kinds are asked, each in the wording of its kind."""
    if base == instruct:
        return formats(base)
    others = {variant.name: variant.task for variant in formats(instruct)}
    found = []
    for variant in formats(base):
        template = replace(variant.task.template, instruction=instruct.template.instruction)
        other = others.get(variant.name, replace(instruct, template=template))
        found.append(Variant(variant.name, variant.task, instruct=other))
    return found


_FORMATS = 5


def _beside(plan: Plan, variants: Sequence[Variant]) -> Plan:
    return replace(plan, variants=(Variant("own", plan.task), *variants))


def _bare(text: str) -> str:
    """Return a prefix without what stands around its word."""
    return text.strip().strip(":->→").strip()
