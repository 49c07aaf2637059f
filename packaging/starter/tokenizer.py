"""The tokenizer: byte-level BPE with GPT-2's rules, three control tokens in front."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from starter import settings
from starter.missing import needed

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

END_OF_TEXT = "<|endoftext|>"  # begins every document; a base model ends a document with it
IM_START = "<|im_start|>"
IM_END = "<|im_end|>"
CONTROLS = (END_OF_TEXT, IM_START, IM_END)
BEGIN_ID, IM_START_ID, IM_END_ID = range(len(CONTROLS))

TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"
)


def train(texts: Iterable[str], path: Path, vocabulary: int = settings.VOCABULARY) -> None:
    """Learn merges from `texts` and write them to `path` (the format of the `tokenizers` library)."""
    tokenizers = needed("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary - len(CONTROLS),
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    model.train_from_iterator(texts, trainer)
    partial = path.with_suffix(".partial")
    model.save(str(partial))
    partial.replace(path)


class Codec:
    """Text to ids and back. Control tokens are never read out of text: they are put in by id."""

    def __init__(self, path: Path = settings.WORK / "tokenizer.json") -> None:
        self._model = needed("tokenizers").Tokenizer.from_file(str(path))
        saved = json.loads(path.read_text(encoding="utf-8"))["model"]
        self._pieces: dict[str, int] = saved["vocab"]
        self.merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in saved["merges"]]

    @property
    def size(self) -> int:
        return len(self._pieces) + len(CONTROLS)

    def names(self) -> list[str]:
        """Return the written form of every id, in order, as GGUF wants it."""
        ordered = sorted(self._pieces, key=self._pieces.__getitem__)
        return [*CONTROLS, *ordered]

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text."""
        ids: Sequence[int] = self._model.encode(text).ids
        return [number + len(CONTROLS) for number in ids]

    def encode_spans(self, texts: list[str]) -> list[tuple[list[int], list[int]]]:
        """Return for each text its ids and the position of each token's last character."""
        found: list[Any] = self._model.encode_batch(texts)
        return [
            ([number + len(CONTROLS) for number in one.ids], [max(end - 1, 0) for _, end in one.offsets])
            for one in found
        ]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; control tokens have none."""
        plain = [number - len(CONTROLS) for number in ids if number >= len(CONTROLS)]
        return str(self._model.decode(plain, skip_special_tokens=False))
