"""What the stages of the sampler are called on screen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def stage_words(name: str) -> str:
    """Return what a stage is called on screen; a name that is no stage's is its own word."""
    return {
        "logit_bias": _tr("Token biases"),
        "grammar": _tr("Grammar"),
        "penalties": _tr("Penalties"),
        "dry": _tr("DRY"),
        "top_n_sigma": _tr("Top-n-sigma"),
        "top_k": _tr("Top-k"),
        "typical": _tr("Typical-p"),
        "top_p": _tr("Top-p"),
        "min_p": _tr("Min-p"),
        "xtc": _tr("XTC"),
        "temperature": _tr("Temperature"),
        "mirostat": _tr("Mirostat"),
        "logits": _tr("Model"),
        "draw": _tr("Draw"),
    }.get(name, name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("stage_names", text)
