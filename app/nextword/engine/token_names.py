"""The names by which tokens are known to end a turn, to frame a text or to mark a gap, whatever the file's keys say.

llama.cpp looks for the same names where the keys of a file leave a role open (src/llama-vocab.cpp).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

END_OF_TURN: Final = (
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "<end_of_utterance>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<|end_of_text|>",
    "<|endoftext|>",
)
"""Best first: where a vocabulary has several, the first ends turns and the later ones whole texts."""

FILL_IN_MIDDLE: Final[Mapping[str, tuple[str, ...]]] = {
    "prefix": (
        "<|fim_prefix|>",
        "<fim-prefix>",
        "<fim_prefix>",
        "<\uff5cfim\u2581begin\uff5c>",
        "<PRE>",
        "\u2581<PRE>",
        "<|code_prefix|>",
        "<|prefix|>",
    ),
    "suffix": (
        "<|fim_suffix|>",
        "<fim-suffix>",
        "<fim_suffix>",
        "<\uff5cfim\u2581hole\uff5c>",
        "<SUF>",
        "\u2581<SUF>",
        "<|code_suffix|>",
        "<|suffix|>",
    ),
    "middle": (
        "<|fim_middle|>",
        "<fim-middle>",
        "<fim_middle>",
        "<\uff5cfim\u2581end\uff5c>",
        "<MID>",
        "\u2581<MID>",
        "<|code_middle|>",
        "<|middle|>",
    ),
    "pad": ("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
    "repository": ("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
    "separator": ("<|file_sep|>",),
}

FILL_IN_MIDDLE_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "prefix": ("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id"),
    "suffix": ("tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id"),
    "middle": ("tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id"),
    "pad": ("tokenizer.ggml.fim_pad_token_id",),
    "repository": ("tokenizer.ggml.fim_rep_token_id",),
    "separator": ("tokenizer.ggml.fim_sep_token_id",),
}
"""The key of each role, then its older name, which wins where a file has both."""

_FRAMES: Final = (
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "[BOS]",
    "[EOS]",
    "<|begin_of_text|>",
    "<|startoftext|>",
    "<|start_of_text|>",
    "<|im_start|>",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
)

KNOWN: Final = frozenset((*END_OF_TURN, *_FRAMES, *(name for names in FILL_IN_MIDDLE.values() for name in names)))


def end_of_turn(tokens: Mapping[str, int]) -> int | None:
    """Return the id of the token that ends a turn, going by its name alone."""
    return next((tokens[name] for name in END_OF_TURN if name in tokens), None)


def fill_in_middle(tokens: Mapping[str, int]) -> dict[str, int]:
    """Return the ids by role, going by names alone; a role without a token is left out."""
    found = {
        role: next((tokens[name] for name in names if name in tokens), None) for role, names in FILL_IN_MIDDLE.items()
    }
    return {role: token for role, token in found.items() if token is not None}
