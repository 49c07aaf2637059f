"""The words for what can go wrong between the logits of a model and the token that is drawn from them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate


def sampling(error: errors.EngineError) -> Explanation | None:
    """Return the words for an error of the sampler or of a grammar, None for any other."""
    match error:
        case errors.NoCandidates():
            return _no_candidates(error)
        case errors.LogitsNotFinite():
            return _not_finite(error)
        case errors.SamplingNotUsable():
            return Explanation(
                translate("explain", "A sampling setting cannot be used"),
                translate("explain", "{value} is not possible for {name}. Possible: {allowed}.").format(
                    value=short(error.value, 60), name=short(error.name, 40), allowed=short(error.allowed)
                ),
                translate("explain", "Change it under Settings and try again. Nothing was generated."),
            )
        case errors.GrammarNotUnderstood():
            return _grammar(error)
        case errors.GrammarNotFollowed():
            return Explanation(
                translate("explain", "The grammar does not allow this beginning"),
                translate("explain", "\u201c{text}\u201d cannot stand in this place.").format(
                    text=short(error.text, 60)
                ),
                translate("explain", "Choose another token, change the beginning, or switch the grammar off."),
            )
        case _:
            return None


def _no_candidates(error: errors.NoCandidates) -> Explanation:
    title = translate("explain", "No token was left to choose from")
    if error.stage == "grammar":
        return Explanation(
            title,
            translate("explain", "The grammar allows no token of this model in this place."),
            translate("explain", "Try the grammar with another text, or switch it off. The text so far is kept."),
        )
    if error.stage == "logit_bias":
        return Explanation(
            title,
            translate("explain", "The token biases forbid every token of the vocabulary."),
            translate("explain", "Take some of them out. The text so far is kept."),
        )
    return Explanation(
        title,
        translate("explain", "The sampling settings together cut every token of the vocabulary."),
        translate("explain", "Raise Top-p or Top-k, or lower Min-p, under Settings."),
    )


def _not_finite(error: errors.LogitsNotFinite) -> Explanation:
    text = translate("explain", "{count} of {all} values for the next token are no numbers.").format(
        count=f"{error.count:,}", all=f"{error.vocabulary:,}"
    )
    if error.position >= 0:
        text += translate("explain", " It happened after token {position} of the text.").format(
            position=f"{error.position + 1:,}"
        )
    return Explanation(
        translate("explain", "The model computed something that is no number"),
        text,
        translate(
            "explain",
            "The file may be damaged or made wrongly: download it again, or try another quantization. "
            "The text so far is kept.",
        ),
    )


def _grammar(error: errors.GrammarNotUnderstood) -> Explanation:
    if error.language == "json_schema":
        title = translate("explain", "The JSON schema cannot be used")
    else:
        title = translate("explain", "The grammar cannot be used")
    why = _REASONS.get(error.reason, translate("explain", "llama.cpp does not accept it."))
    if error.near:
        why = why.format(near=short(error.near, 60))
    else:
        why = why.replace("{near}", translate("explain", "the end"))
    if error.line > 0:
        why = translate("explain", "Line {line}, column {column}: {why}").format(
            line=error.line, column=error.column, why=why
        )
    return Explanation(title, why, translate("explain", "Correct it and try again. Nothing was generated."))


_REASONS: dict[str, str] = {}
