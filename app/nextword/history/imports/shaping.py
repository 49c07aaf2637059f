"""What every reader of a foreign format ends with: a tree of ours, or the reason why there is none."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from nextword.history.imports.cleaning import clean
from nextword.history.imports.growing import Grown, end_below, finished
from nextword.history.imports.limits import MOST_MESSAGES
from nextword.history.imports.report import ImportReport, SkipReason
from nextword.history.trees import SET_ASIDE, SYSTEM_PROMPT, Tree


class Unusable(ValueError):
    """A conversation cannot be imported."""

    def __init__(self, reason: SkipReason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def shaped(about: Tree, grown: Grown, shown: int | None, report: ImportReport) -> Tree:
    """Return `about` with the messages of `grown` and the end of the path through `shown`.

    Times that are not known stay 0, so that the same file makes the same tree at any time. Raises Unusable.
    """
    if not grown.drafts:
        raise Unusable("no_messages")
    if len(grown.drafts) > MOST_MESSAGES:
        raise Unusable("too_many_messages", str(len(grown.drafts)))
    messages = finished(grown, about.created, report)
    latest = max(message.created for message in messages)
    return replace(
        about,
        messages=messages,
        head=end_below(grown.parents, shown),
        updated=max(about.updated, about.created, latest),
    )


def dated(tree: Tree, now: float) -> Tree:
    """Return the tree with `now` for every time that is not known."""
    if tree.created and tree.updated and all(message.created for message in tree.messages):
        return tree
    return replace(
        tree,
        created=tree.created or now,
        updated=tree.updated or now,
        messages=tuple(
            message if message.created else replace(message, created=tree.created or now) for message in tree.messages
        ),
    )


def with_system_prompt(settings: dict[str, Any], text: Any, report: ImportReport) -> dict[str, Any]:
    """Return settings that hold a system prompt, if there is one."""
    if not isinstance(text, str) or not text.strip():
        return settings
    before = settings.get(SYSTEM_PROMPT, "")
    added = clean(text, report)
    return settings | {SYSTEM_PROMPT: f"{before}\n\n{added}" if before and before != added else added}


def made_inert(tree: Tree, report: ImportReport) -> Tree:
    """Return the tree without anything that speaks to a model in the name of the person who imports it.

    A system prompt is kept aside, where nothing sends it; a system message among the others becomes text.
    """
    prompts: list[str] = []
    settings = _without_prompts(tree.settings, prompts)
    if prompts:
        report.remark("system_prompts_set_aside")
        kept = [text for text in (settings.get(SET_ASIDE), *prompts) if isinstance(text, str) and text]
        settings[SET_ASIDE] = "\n\n".join(dict.fromkeys(kept))
    messages = tree.messages
    if any(message.role == "system" for message in messages):
        report.remark("roles_as_text", sum(message.role == "system" for message in messages))
        messages = tuple(
            replace(message, role="user", text=f"[system]\n{message.text}") if message.role == "system" else message
            for message in messages
        )
    return replace(tree, settings=settings, messages=messages)


def _without_prompts(settings: dict[str, Any], prompts: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        if name == SYSTEM_PROMPT or name.endswith("." + SYSTEM_PROMPT):
            if isinstance(value, str) and value.strip():
                prompts.append(value)
        elif isinstance(value, dict):
            kept[name] = _without_prompts(value, prompts)
        else:
            kept[name] = value
    return kept
