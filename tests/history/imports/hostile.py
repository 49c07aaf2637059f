"""A hundred files that somebody means badly, or that are broken in every way a program can break them."""

from __future__ import annotations

import copy
import io
import json
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from nextword.history import own_format
from tests.history.imports.samples import chatgpt_conversation, gpt4all_chat

Files = Iterator[tuple[str, bytes]]
_ODD: tuple[Any, ...] = (None, True, -1, 1e308, 10**400, "", "x", [], [[]], {}, {"": {}}, [None], "\ud800", 0.1)


def files() -> Files:
    """Yield name and content of each."""
    yield from _texts()
    yield from _wrong_types()
    yield from _archives()
    yield from _binaries()
    yield from _own()


def _texts() -> Files:
    deep = 200_000
    yield "deep-list.json", b"[" * deep
    yield "deep-closed.json", b"[" * deep + b"]" * deep
    yield "deep-object.json", b'{"a":' * deep + b"1" + b"}" * deep
    yield "deep-in-chat.json", b'[{"mapping":{"a":{"message":{"content":' + b"[" * deep + b"]" * deep + b"}}}}]"
    yield "long-number.json", b'[{"mapping":{},"create_time":' + b"9" * 100_000 + b"}]"
    yield "huge-power.json", b'[{"mapping":{},"create_time":1e999999999}]'
    yield "not-a-number.json", b'[{"mapping":{},"create_time":NaN}]'
    yield "infinity.json", b'{"messages":[{"versions":[]}],"createdAt":-Infinity}'
    yield "empty-list.json", b"[]"
    yield "empty-object.json", b"{}"
    yield "white.json", b" \n\t " * 100_000
    yield "zeros.json", b"\0" * 1_000_000
    yield "half.json", json.dumps([chatgpt_conversation()]).encode()[:777]
    yield "utf16.json", json.dumps([chatgpt_conversation()]).encode("utf-16")
    yield "latin.json", json.dumps([{"title": "é"}], ensure_ascii=False).encode("latin-1")
    yield "random.json", random.Random(1).randbytes(300_000)
    yield "unclosed-string.json", b'["' + b"a" * 3_000_000
    yield (
        "escapes.json",
        b'[{"mapping":{"a":{"message":{"author":{"role":"\\ud800"},"content":{"parts":["\\udfff"]}}}}}]',
    )
    yield "page.html.json", b"<!DOCTYPE html><script>alert(1)</script>"
    yield "many-roots.json", json.dumps([{"mapping": {str(n): {"parent": None} for n in range(50_000)}}]).encode()
    chain = {str(n): _node(str(n + 1), [str(n - 1)]) for n in range(5_000)}
    yield "long-ring.json", json.dumps([{"mapping": chain | {"5000": _node("0", ["4999"])}}]).encode()
    many = {str(n): _node(None, []) for n in range(60_000)}
    yield "too-many-messages.json", json.dumps([{"mapping": many}]).encode()
    yield "twice.json", b'[{"mapping":{"a":{"parent":null},"a":{"parent":"a"}},"mapping":{}}]'
    yield "sql.json", json.dumps([{"title": "'); drop table messages; --", "mapping": {"a": _node(None, [])}}]).encode()


def _node(parent: str | None, children: list[str]) -> dict[str, Any]:
    content = {"content_type": "text", "parts": ["x"]}
    return {"message": {"author": {"role": "user"}, "content": content}, "parent": parent, "children": children}


def _wrong_types() -> Files:
    """The same good files with one value after the other replaced by something else."""
    from tests.history.imports.test_other_programs import LM_STUDIO, OPEN_WEBUI

    chance = random.Random(7)
    for name, value in (("chatgpt", chatgpt_conversation()), ("webui", OPEN_WEBUI), ("lmstudio", LM_STUDIO)):
        for number in range(14):
            spoiled = json.loads(json.dumps(value))
            for _ in range(number + 1):
                _spoil(spoiled, chance)
            yield f"{name}-{number}.json", json.dumps([spoiled, value]).encode()


def _spoil(value: Any, chance: random.Random) -> None:
    """Replace something within `value`, at any depth."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = chance.choice(keys)
    inner = value[key]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
        _spoil(inner, chance)
    else:
        value[key] = copy.deepcopy(chance.choice(_ODD))


def _archives() -> Files:
    yield "bomb.zip", zipped(("conversations.json", b"[" + b" " * 60_000_000 + b"]"))
    yield "many-bombs.zip", zipped(*((f"{n}/conversations.json", b" " * 6_000_000) for n in range(10)))
    yield "up.zip", zipped(("../../conversations.json", b"[]"), ("..\\..\\b.json", b"[]"))
    yield "root.zip", zipped(("/etc/conversations.json", b"[]"), ("C:/x/y.json", b"[]"))
    yield "nothing.zip", zipped(("picture.png", b"x"))
    yield "empty.zip", zipped()
    link = zipfile.ZipInfo("conversations.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    yield "link.zip", zipped((link, b"/etc/passwd"))
    good = zipped(("conversations.json", json.dumps([chatgpt_conversation()]).encode()))
    yield "cut.zip", good[: len(good) // 2]
    yield "no-list.zip", good.replace(b"PK\1\2", b"PK\7\7")
    yield "encrypted.zip", good.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    yield "wrong-size.zip", _lying(good, 24, 0xFFFFFFF0)
    yield "wrong-offset.zip", _lying(good, 42, 0x7FFFFFF0)
    yield "long-list.zip", good[:-10] + struct.pack("<LLH", 0xFFFFFFF0, 0, 0)
    yield "far-list.zip", good[:-10] + struct.pack("<LLH", 0xFFFFFFFF, 0xFFFFFFFF, 0)
    yield "newer.zip", good.replace(b"PK\1\2\x14\3\x14\0", b"PK\1\2\x14\3\x63\0")
    yield "strange-method.zip", _lying(good, 10, 99)
    yield "inner.zip", zipped(("export.zip", good))
    yield "spoiled.zip", zipped(("conversations.json", b"[{]"), ("more.json", b"\xff" * 100))


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _lying(archive: bytes, offset: int, value: int) -> bytes:
    """Change a field in the list of names at the end."""
    at = archive.index(b"PK\1\2") + offset
    form = "<H" if value < 1 << 16 else "<L"
    return archive[:at] + struct.pack(form, value) + archive[at + struct.calcsize(form) :]


def _binaries() -> Files:
    magic = struct.pack(">Ii", 0xF5D553CC, 11) + struct.pack(">q", 1_700_000_000)
    yield "claims-gigabytes.chat", magic + struct.pack(">I", 0xF0000000)
    yield "claims-exabytes.chat", magic + struct.pack(">IQ", 0xFFFFFFFE, 1 << 62)
    yield "odd-string.chat", magic + struct.pack(">I", 3) + b"\0a\0"
    yield "no-version.chat", struct.pack(">Ii", 0xF5D553CC, 99)
    yield "negative.chat", struct.pack(">Ii", 0xF5D553CC, -1)
    yield "magic-only.chat", struct.pack(">I", 0xF5D553CC)
    whole = gpt4all_chat(12, [("Prompt: ", "a"), ("Response: ", "b")])
    yield "half.chat", whole[: len(whole) // 2]
    yield "strange-name.chat", whole.replace("Prompt: ".encode("utf-16-be"), "Xrompt: ".encode("utf-16-be"))
    yield "nested.chat", whole.replace("Text: ".encode("utf-16-be"), "Nope: ".encode("utf-16-be"))
    chance = random.Random(3)
    for number in range(8):
        data = bytearray(gpt4all_chat(number + 5, [("Prompt: ", "a"), ("Response: ", "b")]))
        for _ in range(5):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        yield f"flipped-{number}.chat", bytes(data)
    yield "database.json", b"SQLite format 3\0" + b"\0" * 4000
    yield "model.json", b"GGUF" + b"\0" * 4000
    yield "deflated.json", zlib.compress(b"[]")


def _own() -> Files:
    head = own_format.header("1")
    about = b'{"kind":"conversation","number":0,"messages":1,"title":"t","created":1,"updated":1}\n'
    said = b'{"kind":"message","conversation":0,"place":0,"parent":%s,"role":"%s","text":"x","created":%s}\n'
    yield "own-ring.jsonl", head + about + said % (b"0", b"user", b"1") + said % (b"5", b"user", b"1")
    yield "own-role.jsonl", head + about + said % (b"null", b"root", b"1")
    yield "own-time.jsonl", head + about + said % (b"null", b"user", b"1e999")
    yield "own-deep.jsonl", head + about.replace(b"}", b',"settings":{"a":' + b"[" * 9_999 + b"]" * 9_999 + b"}}")
    yield "own-deepish.jsonl", head + about.replace(b"}", b',"settings":{"a":' + b"[" * 700 + b"]" * 700 + b"}}")
    yield "own-seed.jsonl", head + about + (said % (b"null", b"user", b"1")).replace(
        b"}", b',"origin":{"model_file":"","model_sha256":"","model_name":"","template_hash":"","sampling":{},"seed":'
        + b"9" * 30 + b',"app_version":"","engine_version":"","engine_variant":""}}')  # fmt: skip
    yield "own-no-lines.jsonl", head
    yield "own-garbage.jsonl", head + b"\xff\xfe\0{" * 1000
    yield "own-many-numbers.jsonl", head + b"".join(about.replace(b":0,", b":%d," % n) for n in range(300))
    yield (
        "jan-lines.jsonl",
        b'{"object":"thread.message","content":[{"type":"text","text":{"value":5}}],"role":7}\n' * 50,
    )
