"""From what lies in the builder to a ready experiment that can be begun."""

from __future__ import annotations

from nextword.engine.client import Engine
from nextword.hub.library import Library
from nextword.lab.builder import Builder
from nextword.lab.running import Home
from nextword.lab.shakes import Shake, is_possible, shaken
from nextword.lab.sweep import ModelRef, Plan, Variant
from nextword.settings import SettingsFile

ITEMS = 60
"""So many inputs are asked: enough for a verdict, and done in a minute with a small model."""
_USUAL_EXAMPLES = 4


def shake_plan(builder: Builder, library: Library, shake: Shake, name: str) -> Plan | None:
    """Return the plan of a ready experiment on the ticked examples; None where there is nothing to shake.

    It asks the tuning set where there is one: what is tried out is not tried on the test set.
    """
    model = builder.model
    if model is None:
        return None
    known = library.find(model.path)
    splits = builder.task_set.splits
    plan = Plan(
        name,
        (Variant("own", builder.task),),
        (ModelRef(model.path, model.name, known.sha256 if known is not None else "", model.size_bytes),),
        splits.pool,
        (splits.tuning or splits.test)[:ITEMS],
        examples=builder.ticked,
        rule=builder.rule,
        calibration=builder.rules.calibration,
    )
    if not plan.test or not is_possible(plan, shake):
        return None
    return shaken(plan, shake, count=len(builder.ticked) or _USUAL_EXAMPLES)


def home_of(engine: Engine, settings: SettingsFile) -> Home:
    """Return the model that is loaded now, to come back to."""
    chosen = settings.value.engine
    return Home(engine.status.wanted, chosen.context_tokens, chosen.threads)
