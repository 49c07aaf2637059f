"""LM Studio's conversation files: a list of messages, each with versions, one of them selected.

{"name", "createdAt" (milliseconds), "pinned", "systemPrompt", "lastUsedModel", "messages": [{"currentlySelected",
"versions": [{"type": "singleStep", "role", "content": [{"type": "text", "text"} ...]} or {"type": "multiStep", "role",
"senderInfo", "steps": [{"type": "contentBlock", "style", "content"} ...]}]}]}. The format is not documented; this is
what its files look like since version 0.3. A version has no successor of its own: what follows, follows the selected.
"""

from __future__ import annotations

from typing import Any, Final

from nextword.history.imports.cleaning import as_dict, as_list, as_text, quoted, seconds, title_of
from nextword.history.imports.growing import Draft, Grown
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import shaped, with_system_prompt
from nextword.history.trees import Tree

NAME: Final = "lm_studio"
_SYSTEM_FIELD: Final = "llm.prediction.systemPrompt"


def fits(value: dict[str, Any]) -> bool:
    """Say whether `value` is a conversation of this kind."""
    messages = value.get("messages")
    if not isinstance(messages, list):
        return False
    if any(isinstance(message, dict) and isinstance(message.get("versions"), list) for message in messages):
        return True
    return not messages and "createdAt" in value and ("tokenCount" in value or "lastUsedModel" in value)


def read(value: dict[str, Any], report: ImportReport) -> Tree:
    """Return a conversation. Raises Unusable."""
    grown = Grown()
    above: int | None = None
    model = as_text(as_dict(value.get("lastUsedModel")).get("identifier"))
    for message in as_list(value.get("messages")):
        places = _versions(as_dict(message), model, above, grown, report)
        above = places if places is not None else above
    settings = with_system_prompt({}, value.get("systemPrompt"), report)
    for entry in as_list(as_dict(value.get("perChatPredictionConfig")).get("fields")):
        if as_dict(entry).get("key") == _SYSTEM_FIELD:
            settings = with_system_prompt(settings, entry.get("value"), report)
    times = (value.get("userLastMessagedAt"), value.get("assistantLastMessagedAt"))
    about = Tree(
        title=title_of(value.get("name"), report),
        created=seconds(value.get("createdAt")) or 0.0,
        updated=max((seconds(time) or 0.0 for time in times), default=0.0),
        source=NAME,
        pinned=value.get("pinned") is True,
        settings=settings,
    )
    return shaped(about, grown, above, report)


def _versions(message: dict[str, Any], model: str, above: int | None, grown: Grown, report: ImportReport) -> int | None:
    """Add all versions of a message; return the place of the selected one, None if nothing of it can be shown."""
    versions = as_list(message.get("versions"))
    if not versions and ("content" in message or "steps" in message):
        versions = [message]
    selected = message.get("currentlySelected")
    if not isinstance(selected, int) or not 0 <= selected < len(versions):
        selected = len(versions) - 1
    chosen: int | None = None
    for number, version in enumerate(versions):
        draft = _draft(as_dict(version), model, report)
        if draft is None:
            report.remark("empty_messages")
            continue
        place = grown.add(draft, above)
        if number == selected or chosen is None:
            chosen = place
    return chosen


def _draft(version: dict[str, Any], model: str, report: ImportReport) -> Draft | None:
    steps = as_list(version.get("steps"))
    texts = [_step(as_dict(step), report) for step in steps] or [_content(version.get("content"), report)]
    text = "\n\n".join(part for part in texts if part.strip())
    if not text:
        return None
    role = as_text(version.get("role"))
    sender = as_text(as_dict(version.get("senderInfo")).get("senderName"))
    return Draft(role=role, text=text, created=_time(steps), model=sender or model)


def _time(steps: list[Any]) -> float | None:
    """The steps of an answer are named by the millisecond they began in."""
    for step in steps:
        name = as_text(as_dict(step).get("stepIdentifier")).partition("-")[0]
        if name.isascii() and name.isdigit() and 12 <= len(name) <= 14:
            return seconds(int(name))
    return None


def _step(step: dict[str, Any], report: ImportReport) -> str:
    kind = as_text(step.get("type"))
    if kind in ("debugInfoBlock", "toolStatus"):
        return ""  # notes of the program for itself
    if kind != "contentBlock":
        report.remark("unknown_parts_as_text")
        return quoted(kind or "step", step)
    text = _content(step.get("content"), report)
    if as_dict(step.get("style")).get("type") == "thinking" and text.strip():
        return f"<think>\n{text}\n</think>"
    return text


def _content(content: Any, report: ImportReport) -> str:
    if isinstance(content, str):
        return content
    return "".join(_part(as_dict(part), report) for part in as_list(content))


def _part(part: dict[str, Any], report: ImportReport) -> str:
    kind = as_text(part.get("type"))
    if kind == "text":
        return as_text(part.get("text"))
    if kind == "file":
        picture = part.get("fileType") == "image"
        report.remark("pictures_left_out" if picture else "attachments_left_out")
        name = as_text(part.get("name")) or as_text(part.get("fileIdentifier"))
        return f"\n[{'picture' if picture else 'file'}: {name}]\n"
    if kind in ("toolCallRequest", "toolCallResult"):
        report.remark("tools_as_text")
        values = {key: value for key, value in part.items() if key != "type"}
        return "\n" + quoted("tool call" if kind == "toolCallRequest" else "tool result", values) + "\n"
    report.remark("unknown_parts_as_text")
    return "\n" + quoted(kind or "part", part) + "\n"
