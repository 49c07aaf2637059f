"""Open WebUI's JSON export: a list of chats, each with a tree of messages under `chat.history`.

{"chat": {"title", "models", "system", "params", "history": {"currentId", "messages": {id: {parentId, childrenIds,
role, content, model, timestamp, done ...}}}}, "meta": {"tags"}, "pinned", "archived", "created_at", "updated_at"}, as
its documentation says under "Import & Export"; the older form is the inner object alone. Times are seconds.
"""

from __future__ import annotations

from typing import Any, Final

from nextword.history.imports.cleaning import as_dict, as_list, as_text, clean, quoted, seconds, title_of
from nextword.history.imports.growing import Draft, Node, grow
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import Unusable, shaped, with_system_prompt
from nextword.history.records import Attachment
from nextword.history.trees import Tree

NAME: Final = "open_webui"


def fits(value: dict[str, Any]) -> bool:
    """Say whether `value` is a chat of this kind."""
    chat = value.get("chat") if isinstance(value.get("chat"), dict) else value
    return isinstance(as_dict(as_dict(chat).get("history")).get("messages"), dict)


def read(value: dict[str, Any], report: ImportReport) -> Tree:
    """Return a chat. Raises Unusable."""
    chat = as_dict(value.get("chat")) or value
    history = as_dict(chat.get("history"))
    nodes: dict[str, Node] = {}
    for key, found in as_dict(history.get("messages")).items():
        if not isinstance(found, dict):
            report.remark("lost_messages")
            continue
        parent = found.get("parentId")
        children = [child for child in as_list(found.get("childrenIds")) if isinstance(child, str)]
        nodes[key] = Node(parent if isinstance(parent, str) else None, children, _draft(found, report))
    if not nodes:
        raise Unusable("no_messages")
    grown = grow(nodes, report)
    created = seconds(value.get("created_at")) or seconds(chat.get("timestamp")) or 0.0
    updated = seconds(value.get("updated_at")) or 0.0
    params = as_dict(chat.get("params"))
    settings = with_system_prompt({}, chat.get("system") or params.get("system"), report)
    tags = [clean(tag, report) for tag in _tags(value, chat)]
    about = Tree(
        title=title_of(value.get("title") or chat.get("title"), report),
        created=created,
        updated=updated,
        source=NAME,
        tags=tuple(dict.fromkeys(tags)),
        pinned=value.get("pinned") is True,
        archived=(updated or created or 1.0) if value.get("archived") is True else None,
        settings=settings,
    )
    shown = as_text(history.get("currentId")) or as_text(history.get("current_id"))
    return shaped(about, grown, grown.place.get(shown), report)


def _tags(value: dict[str, Any], chat: dict[str, Any]) -> list[str]:
    """Tags stand as plain words, in older exports as objects with a name."""
    found = as_list(as_dict(value.get("meta")).get("tags")) or as_list(chat.get("tags"))
    names = (tag if isinstance(tag, str) else as_text(as_dict(tag).get("name")) for tag in found)
    return [" ".join(name.split())[:80] for name in names if name.strip()]


def _draft(message: dict[str, Any], report: ImportReport) -> Draft | None:
    text = _content(message.get("content"), report)
    attachments = _files(message, report)
    error = message.get("error")
    if error and not text.strip():
        text = quoted("error", error)
    if not text.strip() and not attachments:
        report.remark("empty_messages")
        return None
    for _source in as_list(message.get("sources")) + as_list(message.get("citations")):
        report.remark("sources_left_out")
    return Draft(
        role=as_text(message.get("role")),
        text=text,
        created=seconds(message.get("timestamp")),
        model=as_text(message.get("modelName")) or as_text(message.get("model")),
        state="interrupted" if message.get("done") is False else "complete",
        attachments=attachments,
    )


def _content(content: Any, report: ImportReport) -> str:
    if isinstance(content, str):
        return content
    parts: list[str] = []
    for part in as_list(content):
        if isinstance(part, str):
            parts.append(part)
        elif as_dict(part).get("type") == "text":
            parts.append(as_text(part.get("text")))
        elif as_dict(part).get("type") == "image_url":
            report.remark("pictures_left_out")
            parts.append("[picture]")
        else:
            report.remark("unknown_parts_as_text")
            parts.append(quoted("part", part))
    return "\n".join(parts)


def _files(message: dict[str, Any], report: ImportReport) -> list[Attachment]:
    """Text of files is in the export when the file was read; pictures stand as data or as a number of the server."""
    found: list[Attachment] = []
    for entry in as_list(message.get("files")) + as_list(message.get("images")):
        file = as_dict(entry)
        inner = as_dict(file.get("file"))
        name = as_text(file.get("name")) or as_text(inner.get("filename")) or as_text(file.get("type")) or "?"
        text = as_text(as_dict(inner.get("data")).get("content")) or as_text(file.get("content"))
        if text:
            found.append(Attachment(name[:200], name.rpartition(".")[2].lower()[:12] if "." in name else "txt", text))
        else:
            report.remark("pictures_left_out" if file.get("type") == "image" or not file else "attachments_left_out")
    return found
