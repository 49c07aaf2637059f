"""The words for what can go wrong between the logits of a model and the token that is drawn from them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explanation import Explanation, short
from nextword.ui.setting_words import words_for

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
                    value=short(error.value, 60), name=short(_label(error.name), 40), allowed=short(error.allowed)
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


def _label(name: str) -> str:
    known = words_for(f"sampling.{name}").label
    return name if known.startswith("sampling.") else known


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
    words = _schema_reasons() if error.language == "json_schema" else _grammar_reasons()
    why = words.get(error.reason) or _grammar_reasons().get(error.reason, translate("explain", "It is of no use here."))
    why = why.replace("{near}", short(error.near, 60) or translate("explain", "the end"))
    if error.line > 0:
        why = translate("explain", "Line {line}, column {column}: {why}").format(
            line=error.line, column=error.column, why=why
        )
    if error.reason == "too_slow":
        advice = translate(
            "explain", "Write it so that each text can be read in one way only. The text so far is kept."
        )
    else:
        advice = translate("explain", "Correct it and try again. Nothing was generated.")
    return Explanation(title, why, advice)


def _grammar_reasons() -> dict[str, str]:
    """Return what is wrong, by reason; {near} is the text in that place."""
    return {
        "empty": translate("explain", "There is no rule in it."),
        "two": translate("explain", "A grammar and a JSON schema are both given; only one of them can be followed."),
        "too_large": translate("explain", "It is too large for llama.cpp to work with."),
        "character": translate("explain", "There is a character here that no text can have."),
        "name": translate(
            "explain", "The name of a rule should stand here (letters, digits and -), not \u201c{near}\u201d."
        ),
        "assign": translate(
            "explain",
            "::= should stand here, behind the name of the rule (letters, digits and -), not \u201c{near}\u201d.",
        ),
        "rule_end": translate("explain", "The rule should end here, but goes on with \u201c{near}\u201d."),
        "string_end": translate("explain", "The text that begins here has no quotation mark at its end."),
        "set_end": translate("explain", "The set of characters that begins here has no ] at its end."),
        "set_empty": translate("explain", "There is no character in this set."),
        "set_order": translate("explain", "The range \u201c{near}\u201d ends before it begins."),
        "escape": translate(
            "explain",
            '\u201c{near}\u201d begins with an escape that does not exist. There are \\n \\r \\t \\\\ \\" \\[ \\] '
            "\\xHH \\uHHHH \\UHHHHHHHH.",
        ),
        "code_point": translate("explain", "\u201c{near}\u201d is no character."),
        "group_end": translate("explain", "A parenthesis is not closed; \u201c{near}\u201d stands here."),
        "too_deep": translate("explain", "Too many parentheses stand within one another here."),
        "nothing_to_repeat": translate("explain", "Nothing stands before \u201c{near}\u201d that it could repeat."),
        "count": translate("explain", "A number should stand here, as in {2}, {2,} or {2,5}, not \u201c{near}\u201d."),
        "count_order": translate("explain", "\u201c{near}\u201d asks for more than it allows."),
        "too_often": translate(
            "explain", "\u201c{near}\u201d repeats more than 2,000 times, which llama.cpp does not do."
        ),
        "token": translate(
            "explain",
            "\u201c{near}\u201d names a single token, which is not possible here. Write the text in quotation marks.",
        ),
        "undefined": translate("explain", "The rule \u201c{near}\u201d is not defined."),
        "twice": translate("explain", "This rule is defined for the second time: \u201c{near}\u201d."),
        "no_root": translate("explain", "It has no rule named root, where every answer begins."),
        "left_recursion": translate(
            "explain", "This rule can come to itself again before any character is written: \u201c{near}\u201d."
        ),
        "too_many_ways": translate(
            "explain", "This can begin in more ways than llama.cpp can follow: \u201c{near}\u201d."
        ),
        "too_slow": translate(
            "explain", "What is written so far can be read in so many ways that llama.cpp cannot follow them all."
        ),
        "refused": translate("explain", "llama.cpp does not accept it, and gives no place."),
    }


def _schema_reasons() -> dict[str, str]:
    """Return what is wrong with a JSON schema, by reason; {near} is the place, as a path."""
    return {
        "json": translate("explain", "This is not JSON: \u201c{near}\u201d."),
        "schema": translate("explain", "A schema should stand at {near}, an object in braces."),
        "keyword": translate("explain", "{near} asks for something that cannot be made sure of while writing."),
        "value": translate("explain", "The value of {near} is not one that it can have."),
        "reference": translate("explain", "{near} leads nowhere; only places in the schema itself can be named."),
        "pattern": translate("explain", "This part of a pattern cannot be followed: {near}"),
        "never": translate("explain", "No value can ever fit the schema at {near}."),
        "conflict": translate("explain", "The parts of the schema at {near} cannot be put together."),
        "deep": translate("explain", "The schema is nested too deeply at {near}."),
        "too_often": translate("explain", "{near} is more than 2,000, which llama.cpp does not count to."),
        "left_recursion": translate("explain", "The schema refers to itself and to nothing else."),
        "too_many_ways": translate("explain", "It allows more different beginnings than llama.cpp can follow."),
    }
