"""Takes out of a text what must not leave the machine: names, paths, tokens, and all that a log quotes."""

from __future__ import annotations

import getpass
import os
import platform
import re
from pathlib import Path
from typing import Final

from nextword import errors
from nextword.paths import Profile

_SECRET_NAME: Final = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|CREDENTIAL", re.IGNORECASE)
_TOKENS: Final = re.compile(
    r"\b(?:hf_|sk-|sk_|ghp_|github_pat_|xox[abp]-|AKIA|AIza)[\w-]{8,}"
    r"|\bBearer\s+\S+|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*"
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses of mail
    r"|\b(?:[a-z][a-z0-9+.-]*)://\S+"  # of the web
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{40,}\b"  # long and random
)
_QUOTED: Final = re.compile(r"[\"'`“”«»]|(?<!\w)(?:~|PROFILE|CACHE|[A-Za-z]:)?[\\/]\S")
"""Where something of the person's own begins in a message: quotation marks or a path, which may have spaces in it."""
_PROGRAM_FILE: Final = re.compile(r"(?:.*[\\/])?(?P<inside>(?:nextword|site-packages|lib[\\/]python3?[.\d]*)[\\/].+)$")

_LOGGED: Final = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ nextword[\w.]*: )(.*)$")
_FRAME: Final = re.compile(r'^(\s*File )"([^"]*)"(, line (?:\d+|\?\?\?) ?,? ?in [\w<>.]+)\s*$')
_RAISED: Final = re.compile(r"^((?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:(: |\()(.*))?$")
_PLAIN: Final = re.compile(
    r"^(?:Traceback \(most recent call last\):|Stack \(most recent call first\):|Fatal Python error: [\w ]+"
    r"|(?:Current thread|Thread) 0x[0-9a-f]+(?: \[[\w-]*\])? \(most recent call first\):|  <no Python frame>"
    r"|During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:|Extension modules: [\w., ()]+"
    r"|\s*[\^~]+\s*|\s*\[Previous line repeated \d+ more times\]|)$"
)
_NATIVE: Final = re.compile(r"^(?:~?(?:llama|ggml|gguf|print_info|load|create|init|sched|graph|set|get|alloc)\w*: )")
_OWN_VALUES: Final = re.compile(r"\b(?:general|tokenizer)\.\S+|\bname\s+=")
_PLAIN_ERRORS: Final = frozenset(
    (
        "AttributeError", "TypeError", "NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError",
        "IndexError", "ZeroDivisionError", "OverflowError", "RecursionError", "MemoryError", "StopIteration",
    )
)  # fmt: skip
"""Their words are Python's own, with names of the program's code in them."""
_WORDS_IN_ERRORS: Final = ("reason", "stage", "signal_name")
_FIELD: Final = re.compile(r"\b(\w+)=(?:(-?\d+(?:\.\d+)?|True|False|None)\b|'([a-z_]{1,30}|SIG[A-Z]+)')")


class Redaction:
    """What must not be told of this person and this machine, known by value."""

    def __init__(self, profile: Profile) -> None:
        home = Path.home()
        folders = [(str(profile.root), "PROFILE"), (str(profile.cache), "CACHE"), (str(home), "~")]
        folders += [(str(Path(path).resolve()), word) for path, word in list(folders)]
        self._folders = sorted(set(folders), key=lambda pair: -len(pair[0]))
        names = {_user(): "USER", platform.node(): "MACHINE", home.name: "USER"}
        self._names = {name: word for name, word in names.items() if len(name) >= 3 and name.lower() != "nextword"}
        self._secrets = [value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= 6]

    def cleaned(self, text: str) -> str:
        """Return a text that the program made, without what is known to be private."""
        for secret in self._secrets:
            text = text.replace(secret, "TOKEN")
        for folder, word in self._folders:
            if len(folder) > 1:
                text = text.replace(folder, word)
        text = _TOKENS.sub("TOKEN", text)
        for name, word in self._names.items():
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", word, text)
        return text

    def log(self, text: str) -> str:
        """Return the lines of a log that have the shape of the program's own; the others leave their length."""
        kept: list[str] = []
        left_out = 0
        for line in self.cleaned(text).splitlines():
            shaped = self._shaped(line)
            if shaped is None:
                left_out += 1
                continue
            if left_out:
                kept.append(_lines_left_out(left_out))
                left_out = 0
            kept.append(shaped)
        if left_out:
            kept.append(_lines_left_out(left_out))
        return "\n".join(kept) + ("\n" if kept else "")

    def _shaped(self, line: str) -> str | None:
        if _PLAIN.match(line):
            return line
        if frame := _FRAME.match(line):
            return f'{frame[1]}"{_program_file(frame[2])}"{frame[3]}'
        if logged := _LOGGED.match(line):
            return logged[1] + _unquoted(logged[2])
        if _NATIVE.match(line):
            return _OWN_VALUES.split(line)[0] + "..." if _OWN_VALUES.search(line) else _unquoted(line)
        if raised := _RAISED.match(line):
            return _raised(raised[1], raised[2] or "", raised[3] or "")
        return None


def _raised(kind: str, separator: str, message: str) -> str | None:
    """Return the line that names an exception; of its message what cannot be somebody's text."""
    name = kind.rpartition(".")[2]
    known = getattr(errors, name, None)
    if isinstance(known, type) and issubclass(known, errors.NextwordError):
        told = [
            f"{field}={number or repr(word)}"
            for field, number, word in _FIELD.findall(message)
            if number or field in _WORDS_IN_ERRORS
        ]
        return f"{kind}({', '.join(told)})"
    if not name.endswith(("Error", "Exception", "Warning", "Interrupt", "Exit", "Iteration", "Expired", "Broken")):
        return None
    if not message:
        return kind
    if name in _PLAIN_ERRORS:
        return f"{kind}: {_unquoted(message, keep_names=True)}"
    return f"{kind}{separator.strip()} ({len(message)} characters)"


def _unquoted(message: str, *, keep_names: bool = False) -> str:
    """Return a message up to the first thing it quotes, names of code excepted, or the first path."""
    if keep_names:
        message = re.sub(r"'([A-Za-z_][\w.]{0,60}(?:\(\))?)'", r"\1", message)
    found = _QUOTED.search(message)
    plain = message if found is None else message[: found.start()]
    rest = len(message) - len(plain)
    if not plain.isascii():
        return f"({len(message)} characters)"
    return plain.rstrip() + (f" ({rest} characters)" if rest else "")


def _program_file(path: str) -> str:
    found = _PROGRAM_FILE.match(path)
    return found["inside"].replace("\\", "/") if found else f".../{Path(path).name}"


def _lines_left_out(count: int) -> str:
    return "(1 line left out)" if count == 1 else f"({count} lines left out)"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this number
        return ""
