"""Landlock by system calls: what this process may still open, bind and signal. Linux only; see landlock(7)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

# The numbers are the same on every architecture.
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_RULE_PATH_BENEATH: Final = 1
_RESTRICT_ALL_THREADS: Final = 1 << 3  # from version 8 on

_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
# version -> how many rights on files it knows: all are taken away, few are given back.
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_BIND_AND_CONNECT_TCP: Final = 3
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 3

ALL_THREADS_VERSION: Final = 8


def version() -> int:
    """Return the version of Landlock in this kernel, 0 when it has none or it is switched off."""
    return max(0, _syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)[0])


def restrict(abi: int, *, readable: Iterable[Path]) -> None:
    """Leave the calling thread (from version 8 on: the process) nothing of all files but reading below `readable`.

    From version 4 on no TCP, from version 6 on no signals to other processes. Execution is never allowed; mapping
    libraries needs reading only. Paths that do not exist are passed over. Raises OSError.
    """
    attributes = [(1 << _RIGHTS[min(abi, 5)]) - 1]
    if abi >= 4:
        attributes.append(_NET_BIND_AND_CONNECT_TCP)
    if abi >= 6:
        attributes.append(_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = _checked("landlock_create_ruleset", _CREATE_RULESET, packed, len(packed), 0)
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        flags = _RESTRICT_ALL_THREADS if abi >= ALL_THREADS_VERSION else 0
        _checked("landlock_restrict_self", _RESTRICT_SELF, ruleset, flags)
    finally:
        os.close(ruleset)


def _allow_reading(ruleset: int, path: Path) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        rule = struct.pack("=Qi", rights, place)  # packed: 12 bytes
        _checked("landlock_add_rule", _ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _checked(name: str, number: int, *arguments: int | bytes | None) -> int:
    result, error = _syscall(number, *arguments)
    if result < 0:
        raise OSError(error, os.strerror(error), name)
    return result


def _syscall(number: int, *arguments: int | bytes | None) -> tuple[int, int]:
    """Return the result and errno."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    passed = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    ctypes.set_errno(0)
    return call(ctypes.c_long(number), *passed), ctypes.get_errno()
