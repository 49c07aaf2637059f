"""How much the engine keeps at once: what model.py asks llama.cpp for, and what the window foretells; no llama.cpp."""

from __future__ import annotations

from typing import Final

BATCH_TOKENS: Final = 512
COMPUTE_TOKENS: Final = 256
"""Computed at once: each token of such a part is compared with all of the part, later ones too."""
OUTPUT_TOKENS: Final = 128
"""Of one batch that can have logits: 512 would cost 311 MB with a vocabulary of 151,936."""
DEFAULT_CONTEXT_TOKENS: Final = 4096
EXACT_MEMORY_BYTES: Final = 512 << 20
"""Up to here keys and values are kept in single precision, beyond in half."""
SEQUENCES: Final = 64
"""That can share their beginnings; each is a bit of every cell of the memory."""


def wanted_context(context_tokens: int, trained_tokens: int) -> int:
    """Return the context that is asked for; context_tokens 0: the usual one. trained_tokens 0: not known."""
    wanted = context_tokens or DEFAULT_CONTEXT_TOKENS
    return min(wanted, trained_tokens) if trained_tokens > 0 else wanted


def keeps_single_precision(row: int, layers: int, context_tokens: int) -> bool:
    """Say whether keys and values are float32. row: numbers of the keys of one token in one layer."""
    return 2 * 4 * row * layers * context_tokens <= EXACT_MEMORY_BYTES
