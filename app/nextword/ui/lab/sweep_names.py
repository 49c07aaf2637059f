"""How the conditions of a sweep, its state and what it costs are called on screen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.lab.estimate import Estimate
from nextword.lab.evaluation import Condition, SeenRun
from nextword.lab.running import SweepStatus
from nextword.lab.sweep import Plan, most_examples
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.lab.lab_words import shots


def variant_name(name: str) -> str:
    """Return how a variant is called."""
    known = {
        "own": _tr("own format"),
        "lines": _tr("lines"),
        "one_line": _tr("one line"),
        "capitals": _tr("capitals"),
        "dashes": _tr("dashes"),
        "arrow": _tr("arrow"),
        "question": _tr("Q and A"),
        "random_labels": _tr("random labels"),
        "flipped_labels": _tr("flipped labels"),
        "made_up_labels": _tr("made-up labels"),
    }
    return known.get(name, short(name, 30))


def series_name(plan: Plan, model: int, variant: int) -> str:
    """Return what tells a line from the others of the plan."""
    parts = []
    if len(plan.models) > 1:
        parts.append(short(plan.models[model].name or plan.models[model].path.rsplit("/", 1)[-1], 40))
    if len(plan.variants) > 1:
        parts.append(variant_name(plan.variants[variant].name))
    return ", ".join(parts)


def condition_name(plan: Plan, condition: Condition) -> str:
    """Return the name of a condition: "4-shot", and what else tells it from the others."""
    series = series_name(plan, condition.model, condition.variant)
    name = shots(condition.count)
    return f"{name} ({series})" if series else name


def run_name(plan: Plan, run: SeenRun) -> str:
    """Return the name of one run among those of its condition."""
    cell = run.cell
    parts = []
    if cell.count and plan.sets > 1:
        parts.append(_tr("set {number}").format(number=cell.set + 1))
    if cell.count > 1 and plan.orders > 1:
        parts.append(_tr("order {number}").format(number=cell.order + 1))
    if len(plan.seeds) > 1:
        parts.append(_tr("seed {number}").format(number=cell.seed))
    place = ", ".join(parts) or _tr("the only run")
    return _tr("{place}: {share} %").format(place=place, share=f"{100 * run.accuracy:.1f}")


def estimate_words(estimate: Estimate) -> str:
    """Return what is to come: runs, tokens, time."""
    runs = _tr("1 run") if estimate.runs == 1 else _tr("{count} runs").format(count=f"{estimate.runs:,}")
    text = _tr("{runs} · about {tokens} tokens").format(runs=runs, tokens=_about(estimate.tokens))
    if estimate.seconds is not None:
        text += " · " + _tr("about {time}").format(time=duration(estimate.seconds))
    return text


def shortage_words(plan: Plan) -> str:
    """Return that there are fewer examples than a number of the plan asks for, "" where there are enough."""
    most = most_examples(plan)
    above = [str(count) for count in plan.counts if count > most]
    if not above:
        return ""
    have = _tr("1 example") if most == 1 else _tr("{count} examples").format(count=most)
    return _tr("{have} to draw from, so {counts} becomes {most}").format(have=have, counts=", ".join(above), most=most)


def kinds_words(plan: Plan) -> str:
    """Return that models of two kinds are asked in two wordings, "" where all are asked alike."""
    if not any(variant.instruct is not None for variant in plan.variants):
        return ""
    return _tr("base and instruct models are each asked in their own wording")


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 1.5:
        return _tr("1 s")
    if seconds < 90:
        return _tr("{count} s").format(count=round(seconds))
    if seconds < 5400:
        return _tr("{count} min").format(count=round(seconds / 60))
    return _tr("{count} h").format(count=f"{seconds / 3600:.1f}")


def status_words(plan: Plan, status: SweepStatus) -> str:
    """Return how far a sweep is, and why it rests."""
    count = _tr("{done} of {planned} runs").format(done=status.done, planned=status.planned)
    match status.state:
        case "running":
            return " · ".join([count, *_now(plan, status)])
        case "finished":
            return _tr("{count} done").format(count=count)
        case "paused" if status.why == "model_changed":
            return _tr("{count} · paused: another model was chosen").format(count=count)
        case "paused" if status.error is not None:
            return _tr("{count} · paused: {why}").format(count=count, why=explain(status.error).title)
        case _:
            return _tr("{count} · paused").format(count=count)


def _now(plan: Plan, status: SweepStatus) -> list[str]:
    parts = []
    if status.cell is not None:
        parts.append(
            _tr("{name}, {done} of {items} items").format(
                name=shots(status.cell.count), done=status.items_done, items=len(plan.test)
            )
        )
    if status.left is not None and status.left.seconds is not None:
        parts.append(_tr("about {time} left").format(time=duration(status.left.seconds)))
    if status.deaths:
        parts.append(_tr("engine restarted {count} times").format(count=status.deaths))
    return parts


def _about(tokens: int) -> str:
    step = 1
    while tokens // step >= 100:
        step *= 10
    return f"{round(tokens / step) * step:,}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("sweep_names", text)
