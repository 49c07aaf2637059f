"""Which settings of sampling stand together in the pane of a chat, and what the groups are called."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

USUAL = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "max_tokens")
"""Always in sight, with the seed below them."""

SHOWN_APART = ("seed", "stages", "grammar", "json_schema")
"""These have fields of their own kind."""


@dataclass(frozen=True, slots=True)
class Group:
    """A folded part of the pane. names: fields of SamplingSettings, in order."""

    key: str
    title: str
    names: tuple[str, ...]


def groups() -> tuple[Group, ...]:
    """Return the groups in their order; every setting that is not USUAL or SHOWN_APART is in one of them."""
    return (
        Group(
            "cuts",
            _tr("More ways to cut"),
            (
                "typical_p", "top_n_sigma", "xtc_probability", "xtc_threshold", "mirostat", "mirostat_tau",
                "mirostat_eta",
            ),
        ),
        Group(
            "repeats",
            _tr("Repetition"),
            (
                "presence_penalty", "frequency_penalty", "penalty_tokens", "dry_multiplier", "dry_base",
                "dry_allowed_length", "dry_tokens", "dry_breakers",
            ),
        ),
        Group("heat", _tr("Moving temperature"), ("dynamic_range", "dynamic_exponent")),
        Group("ends", _tr("Where an answer ends"), ("stop_texts", "max_seconds", "loop_tokens", "strict")),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("chat_settings", text)
