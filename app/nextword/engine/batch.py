"""A batch of tokens as llama.cpp takes it, filled through NumPy: one call per column instead of one per number."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llama_cpp
import numpy as np


class Batch:
    """Room for `tokens` tokens, each of which can belong to `sequences` sequences. native: the C structure."""

    def __init__(self, tokens: int, sequences: int) -> None:
        self._tokens = np.zeros(tokens, np.int32)
        self._positions = np.zeros(tokens, np.int32)
        self._owner_counts = np.ones(tokens, np.int32)
        self._owners = np.zeros((tokens, sequences), np.int32)
        self._outputs = np.zeros(tokens, np.int8)
        rows = self._owners.ctypes.data + np.arange(tokens, dtype=np.uint64) * np.uint64(self._owners.strides[0])
        # One more than there are tokens, and that one is null: llama.cpp's own batches end so.
        self._owner_rows = (ctypes.POINTER(ctypes.c_int32) * (tokens + 1))()
        for index, row in enumerate(rows):
            self._owner_rows[index] = ctypes.cast(int(row), ctypes.POINTER(ctypes.c_int32))
        self.native = llama_cpp.llama_batch(
            n_tokens=0,
            token=self._tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            embd=None,
            pos=self._positions.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            n_seq_id=self._owner_counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            seq_id=self._owner_rows,
            logits=self._outputs.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        sequences: Sequence[Sequence[int]],
        outputs: Sequence[bool],
    ) -> None:
        """Put tokens in, each with its position, the sequences it belongs to, and whether its logits are wanted."""
        count = len(tokens)
        assert 0 < count <= len(self._tokens), "the batch has a size"
        self.native.n_tokens = count
        if count == 1 and len(sequences[0]) == 1:  # the next token of an answer, which is waited for
            self._tokens[0], self._positions[0], self._outputs[0] = tokens[0], positions[0], outputs[0]
            self._owners[0, 0], self._owner_counts[0] = sequences[0][0], 1
            return
        self._tokens[:count] = tokens
        self._positions[:count] = positions
        self._outputs[:count] = outputs
        if all(len(owners) == 1 for owners in sequences):
            self._owners[:count, 0] = [owners[0] for owners in sequences]
            self._owner_counts[:count] = 1
            return
        for index, owners in enumerate(sequences):
            self._owners[index, : len(owners)] = owners
            self._owner_counts[index] = len(owners)
