"""Which settings each stage of the sampler reads, the one that switches it on first."""

from __future__ import annotations

from typing import Final

STAGE_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "penalties": ("repeat_penalty", "frequency_penalty", "presence_penalty", "penalty_tokens"),
    "dry": ("dry_multiplier", "dry_base", "dry_allowed_length", "dry_tokens"),
    "top_n_sigma": ("top_n_sigma",),
    "top_k": ("top_k",),
    "typical": ("typical_p",),
    "top_p": ("top_p",),
    "min_p": ("min_p",),
    "xtc": ("xtc_probability", "xtc_threshold"),
    "temperature": ("temperature", "dynamic_range", "dynamic_exponent"),
}
MIROSTAT_SETTINGS: Final = ("mirostat_tau", "mirostat_eta")
"""Of both kinds of Mirostat; which of them it is, is a setting of its own."""
