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
    return {**_sampling(), **_cuts(), **_repeats(), **_forms(), **_others(), **_write(), **_network()}


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


def _cuts() -> dict[str, SettingWords]:
    return {
        "sampling.typical_p": SettingWords(
            translate("settings", "Typical-p"),
            translate(
                "settings",
                "Only tokens about as surprising as the distribution expects, up to this probability; 1 leaves all.",
            ),
        ),
        "sampling.top_n_sigma": SettingWords(
            translate("settings", "Top-n-sigma"),
            translate(
                "settings",
                "Only tokens whose score is within so many standard deviations of the best; 0 leaves all.",
            ),
        ),
        "sampling.xtc_probability": SettingWords(
            translate("settings", "XTC probability"),
            translate(
                "settings",
                "How often the likeliest tokens are left out, all but the last above the threshold; 0 never.",
            ),
        ),
        "sampling.xtc_threshold": SettingWords(
            translate("settings", "XTC threshold"),
            translate(
                "settings",
                "From which probability on a token counts as likely for XTC; above 0.5 nothing is left out.",
            ),
        ),
        "sampling.mirostat": SettingWords(
            translate("settings", "Mirostat"),
            translate(
                "settings",
                "Version 1 or 2 aims at a fixed surprise per token, in place of top-k, top-p and their "
                "like; 0 does not.",
            ),
        ),
        "sampling.mirostat_tau": SettingWords(
            translate("settings", "Mirostat aim"),
            translate("settings", "The surprise aimed at, in bits."),
        ),
        "sampling.mirostat_eta": SettingWords(
            translate("settings", "Mirostat rate"),
            translate("settings", "How fast it corrects itself."),
        ),
    }


def _repeats() -> dict[str, SettingWords]:
    return {
        "sampling.presence_penalty": SettingWords(
            translate("settings", "Presence penalty"),
            translate(
                "settings",
                "Makes every token that was used lately less likely, however often; 0 changes nothing.",
            ),
        ),
        "sampling.frequency_penalty": SettingWords(
            translate("settings", "Frequency penalty"),
            translate("settings", "Makes a token less likely each time it was used lately; 0 changes nothing."),
        ),
        "sampling.penalty_tokens": SettingWords(
            translate("settings", "Penalties look back"),
            translate("settings", "Over how many tokens the penalties look; -1 the whole context, 0 none."),
        ),
        "sampling.dry_multiplier": SettingWords(
            translate("settings", "DRY"),
            translate(
                "settings",
                "Makes tokens that would repeat a passage less likely; 0 changes nothing, 0.8 is usual.",
            ),
        ),
        "sampling.dry_base": SettingWords(
            translate("settings", "DRY base"),
            translate("settings", "How fast that grows with the length of the passage."),
        ),
        "sampling.dry_allowed_length": SettingWords(
            translate("settings", "DRY allowed length"),
            translate("settings", "Passages up to this many tokens may be repeated."),
        ),
        "sampling.dry_tokens": SettingWords(
            translate("settings", "DRY looks back"),
            translate("settings", "Over how many tokens; -1 the whole context, 0 none."),
        ),
        "sampling.dry_breakers": SettingWords(
            translate("settings", "DRY breakers"),
            translate("settings", "Texts that no passage goes across, one a line; \\n stands for a line break."),
        ),
    }


def _forms() -> dict[str, SettingWords]:
    return {
        "sampling.dynamic_range": SettingWords(
            translate("settings", "Dynamic temperature"),
            translate(
                "settings",
                "Moves the temperature up to this far down when the model is certain, up when it is not; 0 does not.",
            ),
        ),
        "sampling.dynamic_exponent": SettingWords(
            translate("settings", "Dynamic exponent"),
            translate("settings", "How the temperature follows the certainty; 1 evenly."),
        ),
        "sampling.stages": SettingWords(
            translate("settings", "Order of the stages"),
            translate(
                "settings",
                "The stages of the sampler, applied from left to right; those left out are not applied.",
            ),
        ),
        "sampling.grammar": SettingWords(
            translate("settings", "Grammar"),
            translate("settings", "Only texts that this GBNF grammar allows can be written; empty allows all."),
        ),
        "sampling.json_schema": SettingWords(
            translate("settings", "JSON schema"),
            translate("settings", "Only JSON that fits this schema can be written; empty allows all."),
        ),
        "sampling.stop_texts": SettingWords(
            translate("settings", "Stop texts"),
            translate("settings", "An answer ends before any of these, one a line; \\n stands for a line break."),
        ),
        "sampling.max_seconds": SettingWords(
            translate("settings", "Longest time"),
            translate("settings", "An answer ends after so many seconds; 0 has no limit."),
        ),
        "sampling.loop_tokens": SettingWords(
            translate("settings", "Loop of tokens"),
            translate(
                "settings",
                "An answer ends when its last so many tokens are one passage over and over; 0 does not look.",
            ),
        ),
        "sampling.strict": SettingWords(
            translate("settings", "Strict repeat"),
            translate(
                "settings",
                "Reads every prompt anew, so that the same seed gives the same answer to the bit; slower "
                "in long chats.",
            ),
        ),
    }


def _write() -> dict[str, SettingWords]:
    return {
        "write.tint": SettingWords(
            translate("settings", "Colour of the text"),
            translate(
                "settings",
                "Colours each token of a document by its surprisal, by the model's entropy there, or by its rank.",
            ),
        ),
        "write.authors": SettingWords(
            translate("settings", "Mark what the model wrote"),
            translate("settings", "A thin line under it; what a person wrote has none."),
        ),
        "write.spaces": SettingWords(
            translate("settings", "Show spaces and line ends"),
            translate("settings", "Tokens often begin with a space: here it is seen."),
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
            translate(
                "settings",
                "Colours each word of an answer by its surprisal, by the model's entropy there, or by its rank.",
            ),
        ),
        "chat.uncertain_bits": SettingWords(
            translate("settings", "Uncertain from"),
            translate(
                "settings",
                "The key U goes to words where the model's entropy was above so many bits; 2 bits are 4 even choices.",
            ),
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


def _network() -> dict[str, SettingWords]:
    return {
        "network.offline": SettingWords(
            translate("settings", "Offline"),
            translate(
                "settings",
                "While this is on, nothing leaves this machine: no search, no download, no remote model.",
            ),
        ),
        "network.endpoint": SettingWords(
            translate("settings", "Hub"),
            translate("settings", "Where models are searched and downloaded: the Hugging Face hub, or a mirror of it."),
        ),
        "network.proxy": SettingWords(
            translate("settings", "Proxy"),
            translate(
                "settings",
                "Like http://host:port, or http://name@host:port where it wants a login; empty goes by what the system "
                "says.",
            ),
        ),
        "network.ca_file": SettingWords(
            translate("settings", "CA file"),
            translate(
                "settings",
                "Certificates in PEM form that are trusted beside the system's own, as some organizations need; "
                "usually empty.",
            ),
        ),
        "network.connections": SettingWords(
            translate("settings", "Connections"),
            translate("settings", "How many parts of a file are downloaded at the same time, 1 to 4."),
        ),
        "network.speed_kb": SettingWords(
            translate("settings", "Speed limit"),
            translate("settings", "For all downloads together, in kilobytes per second; 0 has no limit."),
        ),
    }
