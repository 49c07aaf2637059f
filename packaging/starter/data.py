"""Training data: the corpus as shards of token ids and loss weights, written ahead of the training."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starter import settings
from starter.corpus.document import Chat, Document
from starter.sources import chat_source, document_source
from starter.tokenizer import BEGIN_ID, IM_END_ID, IM_START_ID, Codec

SHARD_TOKENS = 200_000
WEIGHT_STEPS = 32  # weights are stored in steps of 1/32, up to 255/32
CHATS = "chats"
BATCH_DOCUMENTS = 64

Tokens = NDArray[np.uint16]
Weights = NDArray[np.uint8]


def encode_documents(codec: Codec, documents: list[Document]) -> Iterator[tuple[list[int], list[float]]]:
    """Yield ids and weights of each document, its begin token first; it ends with the next one's."""
    texts = ["".join(piece.text for piece in document) for document in documents]
    for document, (ids, last_characters) in zip(documents, codec.encode_spans(texts), strict=True):
        per_character = [piece.weight for piece in document for _ in piece.text]
        yield [BEGIN_ID, *ids], [1.0, *(per_character[last] for last in last_characters)]


def encode_chat(codec: Codec, chat: Chat) -> tuple[list[int], list[float]]:
    """Return ids and weights of a chat: only the assistant's text and its end token count."""
    ids, weights = [BEGIN_ID], [0.0]
    line_end = codec.encode("\n")
    for turn in chat:
        head = codec.encode(turn.role + "\n")
        body = codec.encode(turn.text)
        counted = 1.0 if turn.role == "assistant" else 0.0
        ids += [IM_START_ID, *head, *body, IM_END_ID, *line_end]
        weights += [0.0] * (1 + len(head)) + [counted] * (len(body) + 1) + [0.0] * len(line_end)
    return ids, weights


def shard_path(group: str, index: int) -> Path:
    """Return where shard `index` of `group` lies."""
    return settings.WORK / "shards" / f"{group}-{index:05}.npz"


def _encoded(group: str, source: random.Random, codec: Codec) -> Iterator[tuple[list[int], list[float]]]:
    if group == CHATS:
        draw_chat = chat_source()
        while True:
            yield encode_chat(codec, draw_chat(source))
    draw = document_source(group)
    while True:
        yield from encode_documents(codec, [draw(source) for _ in range(BATCH_DOCUMENTS)])


def write_shard(group: str, index: int, codec: Codec) -> Path:
    """Write one shard; its contents follow from the seed, the group, the index and the corpus alone."""
    source = random.Random(f"{settings.SEED}/{group}/{index}")
    ids: list[int] = []
    weights: list[float] = []
    for more_ids, more_weights in _encoded(group, source, codec):
        ids += more_ids
        weights += more_weights
        if len(ids) >= SHARD_TOKENS:
            break
    steps = np.rint(np.clip(np.asarray(weights) * WEIGHT_STEPS, 0, 255)).astype(np.uint8)
    path = shard_path(group, index)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, tokens=np.asarray(ids, dtype=np.uint16), weights=steps)
    partial.replace(path)
    return path


class ShardWriter:
    """Writes shards before they are wanted, one short process each, so that training never waits long."""

    AHEAD = 3

    def __init__(self) -> None:
        self._wanted: dict[str, int] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def want(self, group: str, index: int) -> None:
        """Ask for everything of `group` up to a few shards past `index`."""
        with self._changed:
            self._wanted[group] = max(index, self._wanted.get(group, 0))
            self._changed.notify()

    def _next(self) -> tuple[str, int] | None:
        for ahead in range(self.AHEAD + 1):
            for group, index in self._wanted.items():
                if not shard_path(group, index + ahead).exists():
                    return group, index + ahead
        return None

    def _work(self) -> None:
        while True:
            with self._changed:
                job = self._next()
                if job is None:
                    self._changed.wait()
                    continue
            run_shard_process(*job)


def run_shard_process(group: str, index: int) -> None:
    """Write one shard in a process of its own, of low priority."""
    command = [sys.executable, "-m", "starter", "corpus", "--group", group, "--shard", str(index)]
    done = subprocess.run(["nice", "-n", "10", *command], cwd=settings.HERE.parent, check=False)
    if done.returncode:
        print(f"corpus: shard {index} of {group} failed", file=sys.stderr, flush=True)
        threading.Event().wait(5.0)


@dataclass
class Rows:
    """A stream of rows of tokens from one group; its position is its whole state."""

    group: str
    writer: ShardWriter
    shard: int = 0
    offset: int = 0
    _tokens: Tokens = field(default_factory=lambda: np.zeros(0, np.uint16))
    _weights: Weights = field(default_factory=lambda: np.zeros(0, np.uint8))
    _loaded: int = -1

    def _load(self) -> None:
        path = shard_path(self.group, self.shard)
        self.writer.want(self.group, self.shard)
        while not path.exists():
            threading.Event().wait(0.05)
        with np.load(path) as arrays:
            self._tokens, self._weights = arrays["tokens"], arrays["weights"]
        self._loaded = self.shard

    def take(self, length: int) -> tuple[Tokens, Weights]:
        """Return the next `length` + 1 tokens and their weights; the next row starts at the last one."""
        if self._loaded != self.shard:
            self._load()
        if self.offset + length + 1 > len(self._tokens):
            self.shard, self.offset = self.shard + 1, 0
            self._load()
        part = slice(self.offset, self.offset + length + 1)
        self.offset += length
        return self._tokens[part], self._weights[part]


class Mixture:
    """Batches whose rows are drawn from several groups in given shares."""

    def __init__(self, groups: tuple[str, ...], seed: int) -> None:
        writer = ShardWriter()
        self._rows = {group: Rows(group, writer) for group in groups}
        self._source = random.Random(seed)
        for group in groups:
            writer.want(group, 0)

    def batch(
        self, shares: dict[str, float], rows: int, length: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], list[str]]:
        """Return tokens and weights, both (rows, length + 1), and the group of each row."""
        groups = self._source.choices(list(shares), weights=list(shares.values()), k=rows)
        taken = [self._rows[group].take(length) for group in groups]
        tokens = np.stack([tokens for tokens, _ in taken]).astype(np.int64)
        weights = np.stack([weights for _, weights in taken]).astype(np.float32) / WEIGHT_STEPS
        return tokens, weights, groups

    def state(self) -> dict[str, Any]:
        """Return the position, for a checkpoint."""
        places = {group: (rows.shard, rows.offset) for group, rows in self._rows.items()}
        return {"places": places, "source": self._source.getstate()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go to the position of a checkpoint."""
        for group, (shard, offset) in state["places"].items():
            if group in self._rows:
                self._rows[group].shard, self._rows[group].offset = shard, offset
        version, words, gauss = state["source"]
        self._source.setstate((version, tuple(words), gauss))
