"""Jan's threads: a folder each, with `thread.json` about the thread and `messages.jsonl`, one message a line.

thread.json: {"object": "thread", "title", "created", "updated" (seconds or milliseconds), "assistants":
[{"instructions", "model": {"id"}}], "metadata"}; a message: {"object": "thread.message", "role", "content": [{"type":
"text", "text": {"value"}} ...], "created_at", "status", "metadata"}, as its source says in core/src/types.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from nextword.history.imports.cleaning import as_dict, as_list, as_text, quoted, seconds, title_of
from nextword.history.imports.growing import Draft, Grown
from nextword.history.imports.json_text import NotJson, parse
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import shaped, with_system_prompt
from nextword.history.trees import Tree

NAME: Final = "jan"
THREAD: Final = "thread.json"
MESSAGES: Final = "messages.jsonl"


def is_thread(value: dict[str, Any]) -> bool:
    """Say whether `value` is what stands in a thread.json."""
    return value.get("object") == "thread" or (isinstance(value.get("assistants"), list) and "title" in value)


def is_message(value: dict[str, Any]) -> bool:
    """Say whether `value` is a line of a messages.jsonl."""
    return value.get("object") == "thread.message" or ("thread_id" in value and isinstance(value.get("content"), list))


def read(thread: dict[str, Any], lines: Iterable[str], where: str, report: ImportReport) -> Tree:
    """Return a thread with its messages. A line that cannot be read costs that line. Raises Unusable."""
    assistant = as_dict((as_list(thread.get("assistants")) or [{}])[0])
    model = as_text(as_dict(assistant.get("model")).get("id"))
    grown = Grown()
    above: int | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = parse(line)
        except NotJson as error:
            report.skip(f"{where}, line {number}", error.reason, error.detail)
            continue
        if not isinstance(message, dict):
            report.skip(f"{where}, line {number}", "wrong_shape")
            continue
        draft = _draft(message, model, report)
        if draft is None:
            report.remark("empty_messages")
        else:
            above = grown.add(draft, above)
    about = Tree(
        title=title_of(thread.get("title") or as_dict(thread.get("metadata")).get("title"), report),
        created=seconds(thread.get("created")) or _first_time(grown),
        updated=seconds(thread.get("updated")) or 0.0,
        source=NAME,
        pinned=thread.get("isFavorite") is True or as_dict(thread.get("metadata")).get("is_favorite") is True,
        settings=with_system_prompt({}, assistant.get("instructions"), report),
    )
    return shaped(about, grown, above, report)


def _first_time(grown: Grown) -> float:
    return next((draft.created for draft in grown.drafts if draft.created), 0.0) or 0.0


def _draft(message: dict[str, Any], model: str, report: ImportReport) -> Draft | None:
    content = message.get("content")
    parts = [content] if isinstance(content, str) else [_part(part, report) for part in as_list(content)]
    text = "\n\n".join(part for part in parts if part.strip())
    for _file in as_list(message.get("attachments")):
        report.remark("attachments_left_out")
    if not text:
        return None
    states = {"stopped": "stopped", "error": "interrupted", "pending": "interrupted"}
    metadata = as_dict(message.get("metadata"))
    draft = Draft(
        role=as_text(message.get("role")),
        text=text,
        created=seconds(message.get("created_at")),
        model=as_text(metadata.get("modelId")) or as_text(as_dict(metadata.get("model")).get("id")) or model,
    )
    status = states.get(as_text(message.get("status")))
    if status in ("stopped", "interrupted") and draft.role == "assistant":
        draft.state = "stopped" if status == "stopped" else "interrupted"
    return draft


def _part(part: Any, report: ImportReport) -> str:
    if isinstance(part, str):
        return part
    found = as_dict(part)
    kind = as_text(found.get("type"))
    value = found.get("text")
    text = value if isinstance(value, str) else as_text(as_dict(value).get("value"))
    if kind == "text":
        return text
    if kind == "reasoning":
        return f"<think>\n{text}\n</think>" if text.strip() else ""
    if kind == "image_url" or "image" in kind:
        report.remark("pictures_left_out")
        return "[picture]"
    if kind == "tool_call":
        report.remark("tools_as_text")
        call = {key: found.get(key) for key in ("tool_name", "input", "output") if found.get(key) is not None}
        return quoted("tool call", json.dumps(call, ensure_ascii=False, indent=1))
    report.remark("unknown_parts_as_text")
    return quoted(kind or "part", part)
