"""What there is to say about this installation, as pairs of words and values; no widget here."""

from __future__ import annotations

from dataclasses import dataclass

import PySide6
from PySide6.QtCore import QCoreApplication, qVersion

import nextword
from nextword import versions as installed
from nextword.engine.client import EngineStatus
from nextword.engine.protocol import Isolation
from nextword.paths import Profile
from nextword.ui.explanation import short

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Fact:
    """label: what it is; value: plain text."""

    label: str
    value: str


def versions(status: EngineStatus) -> list[Fact]:
    """Return the versions of the program and of everything it stands on, as `nextword --self-test` prints them."""
    known = installed.versions()
    kind = {
        "checkout": translate("about", "from source"),
        "package": translate("about", "installed package"),
        "portable": translate("about", "portable copy"),
    }.get(installed.build().kind, translate("about", "installed for one user"))
    commit = known.pop("commit", "")
    known.pop("build")
    libraries = ", ".join(
        f"{name} {known[name.lower()] or translate('about', 'not installed')}"
        for name in installed.DISTRIBUTIONS
        if name not in ("PySide6-Essentials", "llama-cpp-python")
    )
    return [
        Fact("Nextword", nextword.__version__),
        Fact(translate("about", "This copy"), f"{kind}, {commit[:12]}" if commit else kind),
        Fact("llama.cpp", short(status.llama_version) or translate("about", "not known before the engine runs")),
        Fact("llama-cpp-python", known["llama-cpp-python"] or translate("about", "not installed")),
        Fact("PySide6, Qt", f"{PySide6.__version__}, {qVersion()}"),
        Fact("Python", known["python"]),
        Fact("SQLite", known["sqlite"]),
        Fact("OpenSSL", known["openssl"] or translate("about", "not installed")),
        Fact(translate("about", "Libraries"), libraries),
        Fact(translate("about", "System"), known["system"]),
    ]


def engine(status: EngineStatus) -> list[Fact]:
    """Return what the engine check found."""
    tried = "\n".join(short(line, 120) for line in status.tried)
    return [
        Fact(
            translate("about", "CPU variant"),
            short(status.variant) or translate("about", "not known before the engine runs"),
        ),
        Fact(translate("about", "Tried"), tried or translate("about", "nothing yet")),
    ]


def model(status: EngineStatus) -> list[Fact]:
    """Return how the loaded model is run: what decides over its numbers and its speed."""
    loaded = status.model
    if loaded is None:
        return [Fact(translate("about", "Model"), translate("about", "none is loaded"))]
    precision = {
        "F32": translate("about", "single precision: the same text always gets the same numbers"),
        "F16": translate("about", "half precision: long texts read in other pieces may differ in the fourth digit"),
    }.get(loaded.memory_type, "")
    reads = (
        translate("about", "only what is new; what texts have in common is read once")
        if loaded.shares_prefixes
        else translate("about", "every text whole, one at a time: a recurrent model cannot go back within a text")
    )
    facts = [
        Fact(translate("about", "Model"), short(loaded.name) or short(loaded.path)),
        Fact(
            translate("about", "Context"),
            translate("about", "{tokens} tokens, trained with {trained}").format(
                tokens=f"{loaded.context_tokens:,}", trained=f"{loaded.trained_context_tokens:,}"
            ),
        ),
        Fact(translate("about", "Memory of a text"), precision),
        Fact(translate("about", "Reads"), reads),
    ]
    if loaded.state_tokens:
        kept = translate("about", "{tokens} tokens of the last conversation").format(tokens=f"{loaded.state_tokens:,}")
        facts.append(Fact(translate("about", "Kept place"), kept))
    return facts


def isolation(known: Isolation | None) -> list[Fact]:
    """Return what the engine process may not do."""
    if known is None:
        return [Fact(translate("about", "Level"), translate("about", "not known before a model is loaded"))]
    level = {
        "full": translate("about", "full"),
        "partial": translate("about", "partial"),
        "none": translate("about", "none: this system offers none of it, the engine runs as any program of yours"),
    }[known.level]
    facts = [
        Fact(translate("about", "Level"), level),
        Fact(translate("about", "Network"), _blocked(known.network_blocked)),
        Fact(translate("about", "Writing files"), _blocked(known.writes_blocked)),
    ]
    if known.missing:
        facts.append(Fact(translate("about", "Why not full"), "\n".join(short(reason) for reason in known.missing)))
    return facts


def folders(profile: Profile) -> list[Fact]:
    """Return where things are kept."""
    return [
        Fact(translate("about", "Profile"), str(profile.root)),
        Fact(translate("about", "Logs"), str(profile.logs)),
    ]


def licences() -> list[Fact]:
    """Return what the program is made of and under which terms; where the texts lie if they came with it."""
    facts = [
        Fact("Nextword", "MIT"),
        Fact("Qt, PySide6", "LGPL-3.0"),
        Fact("llama.cpp, llama-cpp-python", "MIT"),
        Fact("Python", "PSF-2.0"),
        Fact("SQLite", translate("about", "public domain")),
        Fact("sqlite-utils, huggingface_hub", "Apache-2.0"),
        Fact("NumPy, msgspec, Jinja", "BSD-3-Clause"),
        Fact("platformdirs", "MIT"),
        Fact("Phosphor Icons", "MIT"),
    ]
    folder = installed.licences()
    if folder is not None:
        facts.append(Fact(translate("about", "All texts"), str(folder)))
    return facts


def as_text(groups: dict[str, list[Fact]]) -> str:
    """Return the facts as lines for the clipboard."""
    lines = []
    for title, facts in groups.items():
        lines.append(title)
        lines += [f"  {fact.label}: {fact.value.replace(chr(10), '; ')}" for fact in facts]
    return "\n".join(lines) + "\n"


def _blocked(blocked: bool) -> str:
    return translate("about", "blocked") if blocked else translate("about", "not blocked")
