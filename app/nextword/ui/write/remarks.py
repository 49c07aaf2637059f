"""The words for what may be wrong with a prompt, and for how the model ended."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.ui.widgets.token_text import number, percent, visible
from nextword.write.judging import Totals
from nextword.write.lints import Lint


def remark_words(lint: Lint) -> str:
    """Return a remark as it is read: what, why, what to do."""
    match lint.kind:
        case "double_bos":
            return _tr("The prompt begins with {token} twice: models are trained on one.").format(token=lint.text)
        case "missing_bos":
            return _tr("This model was trained on texts that begin with a token of their own, and here it is missing.")
        case "trailing_space":
            return _tr(
                "The text ends with a space. Most words have their space before them, in one token: without it the"
                " model has its usual words to choose from."
            )
        case "inside_token":
            mine, longer = lint.shares
            return _tr(
                "The text seems to stop inside a token: its last one had {mine} there, longer ones like “{longer}”"
                " {mass} together."
            ).format(mine=percent(mine), longer=visible(lint.text.encode()), mass=percent(longer))
        case "template_on_base":
            return _tr("“{sign}” belongs to a chat template, and this base model was not trained on it.").format(
                sign=lint.text
            )
        case "no_template":
            return _tr(
                "This model was made to answer in a chat. Here it gets the bare text without its template, and may go"
                " on in a strange way."
            )
        case "cut":
            used, total, begins = lint.numbers
            words = _tr("The text does not fit into the context: the last {used} of {total} tokens were sent.")
            if begins:
                words = _tr(
                    "The text does not fit into the context: the last {used} tokens of it were sent; {begins}"
                    " characters and more before them were not. The text itself stays."
                )
            return words.format(used=number(used), total=number(total), begins=number(begins))
        case _:
            return _end_words(lint)


def _end_words(lint: Lint) -> str:
    written, context = (*lint.numbers, 0, 0)[:2]
    match lint.kind:
        case "nothing":
            return _tr("The model ended the text right here: the end was the token it chose.")
        case "limit":
            words = _tr("The longest length of an answer was reached, {written} tokens. Continue goes on from here.")
        case "context_full":
            words = _tr("The context of {context} tokens is full. Continue goes on with the last part of the text.")
        case "stop_text":
            words = _tr("Ended at a stop text.")
        case "time":
            words = _tr("The longest time for an answer was reached. Continue goes on from here.")
        case _:
            words = _tr("Ended because it wrote the same passage over and over.")
    return words.format(written=number(written), context=number(context))


def totals_words(totals: Totals) -> str:
    """Return what a text comes to, with the rule of its perplexity."""
    if not totals.scored:
        return _tr("There is no token with something before it to be scored.")
    words = _tr(
        "{scored} of {tokens} tokens scored · {bits} bits · {each} bits per token · {byte} bits per byte · perplexity"
        " {perplexity} (2 to the bits per token, N = {scored}, window {window})"
    ).format(
        scored=number(totals.scored), tokens=number(totals.tokens), bits=f"{totals.bits:,.1f}",
        each=f"{totals.bits_per_token:.2f}", byte=f"{totals.bits_per_byte:.3f}", perplexity=f"{totals.perplexity:,.2f}",
        window=_window(totals),
    )  # fmt: skip
    if totals.left_out:
        words += " · " + _tr("only the first {tokens} tokens: {left} characters behind them were not read").format(
            tokens=number(totals.tokens), left=number(totals.left_out)
        )
    return words


def _window(totals: Totals) -> str:
    if totals.overlap:
        return _tr("{window}, overlap {overlap}").format(window=number(totals.window), overlap=number(totals.overlap))
    return number(totals.window)


def rule_words(totals: Totals) -> str:
    """Return how the perplexity was computed."""
    rule = _tr(
        "Perplexity: 2 to the mean of -log2 p over N = {scored} tokens, each after all that stands before it in its"
        " window. Window {window} tokens."
    ).format(scored=number(totals.scored), window=number(totals.window))
    if totals.overlap:
        rule += " " + _tr(
            "The text is longer than that: windows overlap by {overlap} tokens, so that each token is scored once with"
            " at least so many before it."
        ).format(overlap=number(totals.overlap))
    if totals.tokens > totals.scored:
        rule += " " + _tr("The first token has nothing before it in this vocabulary and is not counted.")
    return rule + " " + _tr("Only bits per byte can be compared between models with other tokens.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("write_remarks", text)
