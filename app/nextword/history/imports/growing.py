"""Nodes that name their parents to a tree in order: parents before children, cycles cut, gaps closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nextword.history.imports.cleaning import clean
from nextword.history.imports.report import ImportReport
from nextword.history.records import Attachment, Origin, Role, State
from nextword.history.trees import TreeMessage

_OURS: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}


@dataclass
class Draft:
    """A message on its way in. role: as the other program calls it; created: seconds since 1970, if known."""

    role: str
    text: str
    created: float | None = None
    model: str = ""
    state: State = "complete"
    attachments: list[Attachment] = field(default_factory=list)


@dataclass
class Node:
    """A place in a foreign tree. draft is None where there is no message: its children move up to its parent."""

    parent: str | None
    children: Sequence[str] = ()
    draft: Draft | None = None


@dataclass
class Grown:
    """The messages in order, with the places of their parents; place: where each foreign node went, if anywhere."""

    drafts: list[Draft] = field(default_factory=list)
    parents: list[int | None] = field(default_factory=list)
    place: dict[str, int | None] = field(default_factory=dict)

    def add(self, draft: Draft, parent: int | None) -> int:
        """Add a message below `parent` and return its place."""
        self.drafts.append(draft)
        self.parents.append(parent)
        return len(self.drafts) - 1


def grow(nodes: Mapping[str, Node], report: ImportReport) -> Grown:
    """Order foreign nodes. Every message comes out, also of nodes that hang on nothing or on themselves."""
    parents, children = _links(nodes, report)
    grown = Grown()
    for key in [key for key in nodes if parents[key] is None]:
        _walk(key, nodes, children, grown)
    for key in nodes:
        if key not in grown.place:  # reached from no beginning: its ancestors lead back to it
            report.remark("cycles_cut")
            _walk(key, nodes, children, grown)
    return grown


def _links(
    nodes: Mapping[str, Node], report: ImportReport
) -> tuple[dict[str, str | None], dict[str | None, dict[str, None]]]:
    """Return the parent of each node and the children of each in order; the node's own word on its parent counts."""
    listed = {child: key for key, node in nodes.items() for child in node.children if child in nodes and child != key}
    parents: dict[str, str | None] = {}
    for key, node in nodes.items():
        parent = node.parent if node.parent in nodes and node.parent != key else None
        if parent is None and node.parent is not None:
            report.remark("parents_missing")
        if parent is None:
            parent = listed.get(key)
        parents[key] = parent
    children: dict[str | None, dict[str, None]] = {}
    for key, node in nodes.items():
        for child in node.children:
            if parents.get(child) == key:
                children.setdefault(key, {})[child] = None
    for key, found in parents.items():
        children.setdefault(found, {})[key] = None
    return parents, children


def _walk(start: str, nodes: Mapping[str, Node], children: Mapping[str | None, Iterable[str]], grown: Grown) -> None:
    waiting: list[tuple[str, int | None]] = [(start, None)]
    while waiting:
        key, above = waiting.pop()
        if key in grown.place:
            continue
        draft = nodes[key].draft
        here = above if draft is None else grown.add(draft, above)
        grown.place[key] = here
        waiting.extend((child, here) for child in reversed(list(children.get(key, ()))))


def join_turns(grown: Grown, report: ImportReport) -> None:
    """Make one message of an answer that came in pieces: a chain of assistant messages without another version."""
    counts: dict[int | None, int] = {}
    for parent in grown.parents:
        counts[parent] = counts.get(parent, 0) + 1
    drafts: list[Draft] = []
    parents: list[int | None] = []
    moved: dict[int | None, int | None] = {None: None}
    for place, (draft, parent) in enumerate(zip(grown.drafts, grown.parents, strict=True)):
        onto = moved[parent]
        alone = parent is not None and counts[parent] == 1 and grown.drafts[parent].role == draft.role == "assistant"
        if alone and onto is not None:
            _append(drafts[onto], draft)
            report.remark("messages_joined")
            moved[place] = onto
            continue
        moved[place] = len(drafts)
        drafts.append(draft)
        parents.append(onto)
    grown.drafts, grown.parents = drafts, parents
    grown.place = {key: moved[place] for key, place in grown.place.items()}


def _append(first: Draft, rest: Draft) -> None:
    first.text = f"{first.text}\n\n{rest.text}" if first.text else rest.text
    first.model = first.model or rest.model
    first.state = rest.state
    first.attachments += rest.attachments


def end_below(parents: Sequence[int | None], place: int | None) -> int | None:
    """Return the end of the path through `place` (None: of the newest path), always by the last version."""
    last: dict[int | None, int] = {parent: child for child, parent in enumerate(parents)}
    end = place
    while end in last:
        end = last[end]
    return end


def finished(grown: Grown, created: float, report: ImportReport) -> tuple[TreeMessage, ...]:
    """Return the messages as ours. created: of the conversation, for messages whose time is not known."""
    messages: list[TreeMessage] = []
    for draft, parent in zip(grown.drafts, grown.parents, strict=True):
        role, text = _our_role(draft, report)
        messages.append(
            TreeMessage(
                parent=parent,
                role=role,
                text=clean(text, report),
                created=draft.created if draft.created is not None else _time_above(messages, parent, created),
                state=draft.state,
                origin=_origin(clean(draft.model, report)) if draft.model and role == "assistant" else None,
                attachments=tuple(
                    Attachment(clean(one.name, report), one.kind, clean(one.text, report)) for one in draft.attachments
                ),
            )
        )
    return tuple(messages)


def _time_above(messages: Sequence[TreeMessage], parent: int | None, created: float) -> float:
    return created if parent is None else messages[parent].created


def _our_role(draft: Draft, report: ImportReport) -> tuple[Role, str]:
    """A role this program does not know speaks as the user and says so in front."""
    role = _OURS.get(draft.role)
    if role is not None:
        return role, draft.text
    report.remark("roles_as_text")
    return "user", f"[{draft.role[:60] or '?'}]\n{draft.text}"


def _origin(model: str) -> Origin:
    return Origin(
        model_file="", model_sha256="", model_name=model[:200], template_hash="", sampling={}, seed=0,
        app_version="", engine_version="", engine_variant="",
    )  # fmt: skip
