"""Chat templates: the model's own, which is a program by a stranger, and the plain formats of this program.

Rendering happens in a process of its own (template_process.py); nothing here limits time or memory. Knows no tokens.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any, Final, Never

import jinja2
import msgspec
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nextword.engine.protocol import Message
from nextword.errors import TemplateFailed

PLAIN_CHAT: Final = "plain text: 'User: ...' and 'Assistant: ...' paragraphs"
PLAIN_TEXT: Final = "plain text: messages one after the other"
_NAMES: Final = {"system": "System", "user": "User", "assistant": "Assistant"}


class Job(msgspec.Struct, frozen=True):
    """What is to be rendered. bos, eos: the names of those tokens, "" if there is none."""

    template: str
    messages: tuple[Message, ...]
    bos: str
    eos: str
    max_chars: int


def text_hash(template: str) -> str:
    """Return the SHA-256 of a template, hex."""
    return hashlib.sha256(template.encode("utf-8", "replace")).hexdigest()


def render(job: Job) -> str:
    """Run the template. Raises TemplateFailed (syntax, runtime, too_large, memory); may take for ever."""
    try:
        compiled = _environment().from_string(job.template)
    except (jinja2.TemplateSyntaxError, jinja2.TemplateAssertionError, RecursionError, SyntaxError) as error:
        raise TemplateFailed("syntax", _detail(error)) from error
    except MemoryError as error:
        raise TemplateFailed("memory") from error
    try:
        return _collect(compiled, job)
    except TemplateFailed:
        raise
    except (MemoryError, OverflowError) as error:
        raise TemplateFailed("memory", _detail(error)) from error
    except Exception as error:  # noqa: BLE001 - a foreign program can raise anything; it is told and not hidden
        raise TemplateFailed("runtime", _detail(error)) from error


def plain_chat(messages: Sequence[Message]) -> list[tuple[str, int | None]]:
    """Return the built-in chat format as pieces: a text of ours with None, or "" with the index of a message."""
    pieces: list[tuple[str, int | None]] = []
    for index, message in enumerate(messages):
        pieces += [(f"{_NAMES[message.role]}: ", None), ("", index), ("\n\n", None)]
    return [*pieces, ("Assistant:", None)]


def plain_text(messages: Sequence[Message]) -> list[tuple[str, int | None]]:
    """Return what a base model continues, as `plain_chat`: the messages, a line break between two."""
    pieces: list[tuple[str, int | None]] = []
    for index in range(len(messages)):
        pieces += [("\n", None)] * bool(index) + [("", index)]
    return pieces


def _environment() -> ImmutableSandboxedEnvironment:
    """The environment that templates are written for: that of the transformers library."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = time.strftime
    return environment


def _collect(compiled: jinja2.Template, job: Job) -> str:
    pieces: list[str] = []
    room = job.max_chars
    # Plain dictionaries and texts alone: an object of ours would be a way out of the sandbox.
    variables: dict[str, Any] = {
        "messages": [{"role": message.role, "content": message.text} for message in job.messages],
        "add_generation_prompt": True,
        "bos_token": job.bos,
        "eos_token": job.eos,
        "tools": None,
        "documents": None,
    }
    for piece in compiled.generate(variables):
        room -= len(piece)
        if room < 0:
            raise TemplateFailed("too_large", f"more than {job.max_chars} characters")
        pieces.append(piece)
    return "".join(pieces)


def _raise(message: object) -> Never:
    raise jinja2.TemplateError(str(message))


def _to_json(value: object, ensure_ascii: bool = False, indent: int | None = None, **_options: object) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _detail(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    text = f"line {line}: {error}" if line else str(error) or type(error).__name__
    return text[:300]
