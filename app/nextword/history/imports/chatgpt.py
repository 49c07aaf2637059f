"""ChatGPT's data export: `conversations.json`, a list of trees of nodes, each with at most one message.

A conversation has title, create_time, update_time (seconds), current_node and mapping {id: {message, parent,
children}}; a message has author {role, name}, create_time, content {content_type, parts ...}, metadata. The content
types are described by many who read the exports; what is not known here is kept as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from nextword.history.imports.cleaning import as_dict, as_list, as_text, quoted, seconds, title_of
from nextword.history.imports.growing import Draft, Node, grow, join_turns
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import Unusable, shaped, with_system_prompt
from nextword.history.trees import Tree

NAME: Final = "chatgpt"
_PICTURES: Final = ("image_asset_pointer", "audio_asset_pointer", "video_container_asset_pointer")


def fits(value: dict[str, Any]) -> bool:
    """Say whether `value` is a conversation of this kind."""
    return isinstance(value.get("mapping"), dict)


def read(value: dict[str, Any], report: ImportReport) -> Tree:
    """Return a conversation. Raises Unusable."""
    nodes: dict[str, Node] = {}
    settings: dict[str, Any] = {}
    for key, found in value["mapping"].items():
        node = as_dict(found)
        message = as_dict(node.get("message"))
        draft = None
        if message:
            settings = _instructions(message, settings, report)
            draft = _draft(message, report)
        parent = node.get("parent")
        children = [child for child in as_list(node.get("children")) if isinstance(child, str)]
        nodes[key] = Node(parent if isinstance(parent, str) else None, children, draft)
    if not nodes:
        raise Unusable("no_messages")
    grown = grow(nodes, report)
    join_turns(grown, report)
    created = seconds(value.get("create_time")) or 0.0
    archived = value.get("is_archived") is True
    updated = seconds(value.get("update_time")) or 0.0
    about = Tree(
        title=title_of(value.get("title"), report),
        created=created,
        updated=updated,
        source=NAME,
        pinned=value.get("is_starred") is True or seconds(value.get("pinned_time")) is not None,
        archived=(updated or created or 1.0) if archived else None,
        settings=settings,
    )
    return shaped(about, grown, grown.place.get(as_text(value.get("current_node"))), report)


def _instructions(message: dict[str, Any], settings: dict[str, Any], report: ImportReport) -> dict[str, Any]:
    """Custom instructions speak for every message of the conversation: they are its system prompt."""
    content = as_dict(message.get("content"))
    if content.get("content_type") not in ("user_editable_context", "model_editable_context"):
        return settings
    texts = (content.get("user_profile"), content.get("user_instructions"), content.get("model_set_context"))
    return with_system_prompt(settings, "\n\n".join(text for text in texts if isinstance(text, str) and text), report)


def _draft(message: dict[str, Any], report: ImportReport) -> Draft | None:
    author, metadata = as_dict(message.get("author")), as_dict(message.get("metadata"))
    content = as_dict(message.get("content"))
    role = as_text(author.get("role"))
    text = _text(content, report)
    if not text.strip():
        if role not in ("system", "") and content.get("content_type") != "user_editable_context":
            report.remark("empty_messages")
        return None
    for attached in as_list(metadata.get("attachments")):
        report.remark("attachments_left_out")
        text += f"\n\n[file: {as_text(as_dict(attached).get('name'))}]"
    if role == "tool":
        role = f"tool {as_text(author.get('name'))}".strip()
    recipient = as_text(message.get("recipient"))
    if role == "assistant" and recipient not in ("", "all"):
        report.remark("tools_as_text")
        text = f"[to {recipient}]\n{text}"
    return Draft(
        role=role,
        text=text,
        created=seconds(message.get("create_time")),
        model=as_text(metadata.get("model_slug")),
        state="interrupted" if message.get("status") == "in_progress" else "complete",
    )


def _text(content: dict[str, Any], report: ImportReport) -> str:
    kind = as_text(content.get("content_type"))
    if kind in ("user_editable_context", "model_editable_context"):
        return ""
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(content)
    if "parts" in content:
        return "\n".join(filter(None, (_part(part, report) for part in as_list(content["parts"]))))
    if not content:
        return ""
    report.remark("unknown_parts_as_text")
    return as_text(content.get("text")) or quoted(kind or "content", content)


def _code(content: dict[str, Any]) -> str:
    text = as_text(content.get("text")) or "\n".join(map(as_text, as_list(content.get("parts"))))
    language = as_text(content.get("language"))
    return f"```{language if language.isalnum() and language != 'unknown' else ''}\n{text}\n```" if text else ""


def _output(content: dict[str, Any]) -> str:
    text = as_text(content.get("text")) or "\n".join(map(as_text, as_list(content.get("parts"))))
    return f"```\n{text}\n```" if text else ""


def _thoughts(content: dict[str, Any]) -> str:
    """Thoughts are shown folded, as those of our own models: between think tags."""
    found = [as_dict(thought) for thought in as_list(content.get("thoughts"))]
    lines = ["\n".join(filter(None, (as_text(one.get("summary")), as_text(one.get("content"))))) for one in found] or [
        as_text(part) for part in as_list(content.get("parts"))
    ]
    text = "\n\n".join(filter(None, lines))
    return f"<think>\n{text}\n</think>" if text else ""


def _recap(content: dict[str, Any]) -> str:
    text = as_text(content.get("content")) or "\n".join(map(as_text, as_list(content.get("parts"))))
    return f"<think>\n{text}\n</think>" if text else ""


def _quote(content: dict[str, Any]) -> str:
    parts = (
        content.get("title"),
        content.get("url"),
        content.get("text"),
        content.get("result"),
        content.get("summary"),
    )
    return "\n".join(as_text(part) for part in parts if as_text(part))


_READERS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "code": _code,
    "execution_output": _output,
    "computer_output": _output,
    "system_error": _output,
    "thoughts": _thoughts,
    "reasoning_recap": _recap,
    "tether_quote": _quote,
    "tether_browsing_display": _quote,
}


def _part(part: Any, report: ImportReport) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    kind = as_text(part.get("content_type"))
    if kind == "audio_transcription":
        return as_text(part.get("text"))
    if kind in _PICTURES or "asset_pointer" in part:
        report.remark("pictures_left_out")
        return f"[{'audio' if kind.startswith('audio') else 'picture'}: {as_text(part.get('asset_pointer'))}]"
    if kind == "real_time_user_audio_video_asset_pointer":
        report.remark("pictures_left_out")
        return "[audio]"
    report.remark("unknown_parts_as_text")
    return as_text(part.get("text")) or quoted(kind or "part", part)
