"""An engine process that misbehaves on purpose: `python rogue.py HOW`; run by tests of the window's side."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time

from nextword.engine import protocol
from nextword.engine.tokens import TokenStep

HELLO = protocol.Hello(protocol.VERSION, os.getpid(), "rogue", "0")

FRAMES = {
    "garbage": struct.pack(">I", 12) + b"not msgpack!",
    "oversized": struct.pack(">I", 0xFFFFFFF0) + b"x" * 100,
    "half_frame": struct.pack(">I", 100) + b"x",
    "unknown_type": struct.pack(">I", 12) + b"\x81\xa4type\xa5Bogus",
}


def say(message: protocol.Reply) -> None:
    protocol.write_frame(sys.stdout.buffer, message)


def raw(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def main() -> None:
    how = sys.argv[1]
    if how == "dies_at_once":
        sys.stderr.write("cannot find its wits\n")
        sys.exit(3)
    if how == "says_nothing":
        time.sleep(600)
    if how == "no_variant":
        say(protocol.Failed(0, "NoWorkingVariant", {"tried": ["haswell: SIGILL"]}))
        sys.exit(3)
    say(HELLO)
    if how.startswith("answer "):
        answer(tokens=3)
        how = how.removeprefix("answer ")
    if how in FRAMES:
        raw(FRAMES[how])
    elif how == "closes_output":
        os.close(1)
    elif how == "killed":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "ignores_stop":
        load_and_go_on()
    if how != "half_frame":
        time.sleep(600)


def load_and_go_on() -> None:
    """Claim to load any model and to generate for ever, deaf to Stop and SIGTERM, with a heartbeat."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answer(tokens=0)
    while True:
        say(protocol.Heartbeat("generating"))
        time.sleep(0.1)


def answer(*, tokens: int) -> None:
    """Claim to load any model and to begin an answer."""
    load = protocol.read_request(sys.stdin.buffer)
    assert isinstance(load, protocol.Load)
    info = protocol.ModelInfo(load.path, "rogue", "llama", "F16", "base", 1, 1, 1, 64, 64, False, "")
    say(protocol.Loaded(load.job, info, protocol.Isolation("none"), 0.0))
    asked = protocol.read_request(sys.stdin.buffer)
    assert isinstance(asked, protocol.Generate)
    say(protocol.Started(asked.job, 1, 0))
    for position in range(tokens):
        say(protocol.TokenChosen(asked.job, position, TokenStep(7, b" word", -0.5, 1, 1.0, -0.5, 1, ())))


main()
