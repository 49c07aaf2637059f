"""What each setting is called on screen and one sentence about it; shared by the settings page and by errors."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class SettingWords:
    """label: the name beside the field; hint: what it does, in a sentence."""

    label: str
    hint: str


def words_for(name: str) -> SettingWords:
    """Return the words for "group.setting"; an unknown name is its own label."""
    return _all_words().get(name, SettingWords(name, ""))


def _all_words() -> dict[str, SettingWords]:
    return {**_sampling(), **_others()}


def _sampling() -> dict[str, SettingWords]:
    return {
        "sampling.temperature": SettingWords(
            translate("settings", "Temperature"),
            translate(
                "settings",
                "Below 1 likely words become likelier, above 1 unlikely ones; 0 always takes the likeliest.",
            ),
        ),
        "sampling.top_k": SettingWords(
            translate("settings", "Top-k"),
            translate("settings", "Only the k likeliest tokens may be drawn; 0 leaves all."),
        ),
        "sampling.top_p": SettingWords(
            translate("settings", "Top-p"),
            translate("settings", "Only the likeliest tokens that together reach this probability; 1 leaves all."),
        ),
        "sampling.min_p": SettingWords(
            translate("settings", "Min-p"),
            translate("settings", "Only tokens at least this fraction as likely as the likeliest; 0 leaves all."),
        ),
        "sampling.repeat_penalty": SettingWords(
            translate("settings", "Repeat penalty"),
            translate("settings", "Above 1 tokens that were used lately become less likely; 1 changes nothing."),
        ),
        "sampling.max_tokens": SettingWords(
            translate("settings", "Longest answer"),
            translate("settings", "An answer ends after this many tokens; it can be continued."),
        ),
        "sampling.seed": SettingWords(
            translate("settings", "Seed"),
            translate(
                "settings", "The same seed and settings draw the same answer again; -1 takes a new one each time."
            ),
        ),
    }


def _others() -> dict[str, SettingWords]:
    return {
        "chat.system_prompt": SettingWords(
            translate("settings", "System prompt"),
            translate("settings", "Sent to the model before every conversation; empty sends none."),
        ),
        "chat.tint": SettingWords(
            translate("settings", "Tint words"),
            translate("settings", "Colours each word of an answer by how surprising it was to the model, in bits."),
        ),
        "chat.alternatives": SettingWords(
            translate("settings", "Alternatives kept"),
            translate("settings", "How many other tokens are kept with each token of an answer."),
        ),
        "appearance.theme": SettingWords(
            translate("settings", "Theme"), translate("settings", "Light, dark, or as the system has it.")
        ),
        "appearance.text_percent": SettingWords(
            translate("settings", "Text size"), translate("settings", "Scales all text; 100 is the system's size.")
        ),
        "engine.threads": SettingWords(
            translate("settings", "Threads"),
            translate("settings", "Processor threads for the model; 0 takes one per core. Used from the next load on."),
        ),
        "engine.context_tokens": SettingWords(
            translate("settings", "Context"),
            translate(
                "settings",
                "How many tokens the model sees at once; 0 takes what it was trained with, at most 4,096. "
                "More needs more memory. Used from the next load on.",
            ),
        ),
        "engine.model": SettingWords(
            translate("settings", "Model"), translate("settings", "The model file that is loaded at the start.")
        ),
        "engine.keep_place": SettingWords(
            translate("settings", "Go on at once"),
            translate(
                "settings",
                "Keeps what a model has read of the last long conversation in a file on this computer when the model "
                "is closed, so that it need not read it again.",
            ),
        ),
    }
