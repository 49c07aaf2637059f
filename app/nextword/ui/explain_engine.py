"""The words for everything that can go wrong in the engine process or with what it was asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from nextword import errors
from nextword.ui.explain_sampling import sampling
from nextword.ui.explanation import Explanation, last_line, short

translate = QCoreApplication.translate

_LARGEST = 2**62  # what Qt can still write; no real figure comes near


def engine(error: errors.EngineError) -> Explanation | None:
    """Return the words for an engine error, None for a class without any."""
    return _request(error) or sampling(error) or _process(error)


def _request(error: errors.EngineError) -> Explanation | None:
    match error:
        case errors.NoModelLoaded():
            return Explanation(
                translate("explain", "No model is loaded"),
                translate("explain", "An answer needs a model, and none is in memory."),
                translate("explain", "Choose one from the model menu, or add one under Models."),
            )
        case errors.EngineBusy():
            return Explanation(
                translate("explain", "The model is busy"),
                translate("explain", "It still works on another answer, and does one thing at a time."),
                translate("explain", "Wait until it is done, or press Stop first."),
            )
        case errors.ContextTooSmall():
            return Explanation(
                translate("explain", "The text does not fit"),
                translate("explain", "It takes {needed} tokens; the model has room for {available} at once.").format(
                    needed=_number(error.needed), available=_number(error.available)
                ),
                translate(
                    "explain", "Shorten it, start a new chat, or raise Context under Settings if the model allows."
                ),
            )
        case errors.RequestTooLarge():
            return Explanation(
                translate("explain", "The text does not fit"),
                translate("explain", "It has {size} megabytes; the engine takes {allowed} at once.").format(
                    size=_number(error.size_bytes // 1_000_000), allowed=_number(error.allowed_bytes // 1_000_000)
                ),
                translate("explain", "It was kept, but not sent. Shorten it, or start a new chat."),
            )
        case errors.OutOfMemory():
            return _memory(error)
        case _:
            return None


def _process(error: errors.EngineError) -> Explanation | None:
    match error:
        case errors.NoWorkingVariant():
            tried = "; ".join(short(line, 120) for line in error.tried[:6])
            return Explanation(
                translate("explain", "The engine does not run on this processor"),
                translate("explain", "Each build of llama.cpp was tried in a process of its own. {tried}").format(
                    tried=tried
                ),
                translate("explain", "Set it up again with: make setup. About shows what was tried."),
            )
        case errors.EngineNotStarted():
            return Explanation(
                translate("explain", "The engine could not be started"),
                _sentences(translate("explain", "Its process did not come up."), error.detail, last_line(error.log)),
                translate("explain", "Choose the model again to retry. If it stays so, run: make setup."),
            )
        case errors.EngineDied():
            return _died(error)
        case errors.EngineNotResponding():
            return Explanation(
                translate("explain", "The engine stopped responding"),
                translate("explain", "It gave no sign of life for {seconds} seconds {stage}, so it was ended.").format(
                    seconds=_number(round(error.silent_seconds)), stage=_stage(error.stage, error.model)
                ),
                translate("explain", "The text so far is kept and a new engine starts by itself. Then try again."),
            )
        case errors.EngineGaveUp():
            return Explanation(
                translate("explain", "The engine keeps stopping"),
                _sentences(
                    translate(
                        "explain", "It ended {deaths} times within {minutes} minutes, so it is not started again."
                    ).format(deaths=_number(error.deaths), minutes=_number(max(1, round(error.within_seconds / 60)))),
                    last_line(error.log),
                ),
                translate(
                    "explain", "Choose another model; that starts it again. The log folder has the details, see About."
                ),
            )
        case errors.ProtocolBroken():
            return _protocol(error)
        case errors.EngineFault():
            return Explanation(
                translate("explain", "The engine met a fault of its own"),
                _sentences(translate("explain", "The request was given up; the engine goes on."), error.detail),
                translate("explain", "Try again. If it fails again, the details are in the log folder, see About."),
            )
        case _:
            return None


def _memory(error: errors.OutOfMemory) -> Explanation:
    if error.needed_bytes > 0:
        text = translate("explain", "The model and its context need about {size}, more than is free.").format(
            size=_size(error.needed_bytes)
        )
    else:
        text = translate("explain", "The model and its context do not fit into the memory that is free.")
    return Explanation(
        translate("explain", "Not enough memory"),
        _sentences(text, last_line(error.log)),
        translate("explain", "Close other programs, lower Context under Settings, or choose a smaller model."),
    )


def _died(error: errors.EngineDied) -> Explanation:
    why = {
        "SIGSEGV": translate("explain", "It touched memory it must not touch (SIGSEGV)."),
        "SIGABRT": translate("explain", "A check inside llama.cpp failed (SIGABRT)."),
        "SIGILL": translate("explain", "It met an instruction that this processor does not have (SIGILL)."),
        "SIGBUS": translate("explain", "The model file changed or could not be read any more (SIGBUS)."),
        "SIGFPE": translate("explain", "It met an impossible calculation (SIGFPE)."),
        "SIGKILL": translate("explain", "The system ended it, most often because memory ran out (SIGKILL)."),
        "SIGTERM": translate("explain", "It was asked to end from outside (SIGTERM)."),
    }.get(error.signal_name)
    if why is None and error.signal_name:
        why = translate("explain", "It was ended by a signal ({signal}).").format(signal=short(error.signal_name, 20))
    elif why is None:
        why = translate("explain", "It ended by itself with code {code}.").format(code=error.exit_code)
    if error.stage == "loading":
        advice = translate(
            "explain", "This model will not be loaded by itself again. Choose another, or try it once more."
        )
    else:
        advice = translate(
            "explain", "The text so far is kept and a new engine starts by itself. Then continue or try again."
        )
    return Explanation(
        translate("explain", "The engine stopped {stage}").format(stage=_stage(error.stage, error.model)),
        _sentences(why, last_line(error.log)),
        advice,
    )


def _protocol(error: errors.ProtocolBroken) -> Explanation:
    why = {
        "oversized": translate("explain", "It sent more at once than it may."),
        "garbage": translate("explain", "It sent something that is no message."),
        "unexpected": translate("explain", "It sent a message that nobody had asked for."),
        "half_frame": translate("explain", "It stopped in the middle of a message."),
    }.get(error.reason, translate("explain", "It sent something wrong."))
    return Explanation(
        translate("explain", "The engine could not be understood"),
        _sentences(why, translate("explain", "It was ended to be safe.")),
        translate(
            "explain", "The text so far is kept and a new engine starts by itself. Do not trust a model that does this."
        ),
    )


def _stage(stage: str, model_path: str) -> str:
    name = short(Path(model_path).name, 80) if model_path else translate("explain", "the model")
    return {
        "starting": translate("explain", "while starting"),
        "loading": translate("explain", "while loading {model}").format(model=name),
        "prompt": translate("explain", "while reading the prompt"),
        "generating": translate("explain", "while writing an answer"),
        "scoring": translate("explain", "while scoring a text"),
    }.get(stage, translate("explain", "while idle"))


def _sentences(*parts: str) -> str:
    return " ".join(short(part) for part in parts if part.strip())


def _number(value: int) -> str:
    from PySide6.QtCore import QLocale

    return QLocale().toString(max(-_LARGEST, min(value, _LARGEST)))


def _size(size_bytes: int) -> str:
    from PySide6.QtCore import QLocale

    return QLocale().formattedDataSize(min(size_bytes, _LARGEST), 1)
