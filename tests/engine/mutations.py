"""Four hundred damaged copies of the test models, the same ones each time."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from tests import models

KINDS = ("llama", "qwen2", "gpt2", "chatml")
COPIES = 100  # of each kind
SEED = 20
_LENGTHS = (1 << 63, (1 << 64) - 1, 1 << 40, (1 << 31) - 1, 1 << 20)


def mutations(folder: Path) -> Iterator[bytes]:
    """Yield the damaged files; the sound ones that they are made from are written into `folder`."""
    chance = random.Random(SEED)
    for kind in KINDS:
        data = models.make(kind, folder, quantization="Q4_0").read_bytes()
        header_bytes = data.index(b"blk.0.attn_norm") + 2000
        for _ in range(COPIES):
            yield mutate(data, header_bytes, chance)


def mutate(data: bytes, header_bytes: int, chance: random.Random) -> bytes:
    """One of four damages, mostly to the header: flipped bytes, a cut, an inflated length, a doubled span."""
    damaged = bytearray(data)
    at = chance.randrange(4, header_bytes)
    match chance.randrange(4):
        case 0:
            for _ in range(chance.randint(1, 8)):
                damaged[chance.randrange(header_bytes)] ^= chance.randint(1, 255)
        case 1:
            del damaged[chance.randrange(len(data)) :]
        case 2:
            large = chance.choice([*_LENGTHS, len(data)])
            damaged[at : at + 8] = struct.pack("<Q", large)
        case _:
            span = bytes(damaged[at : at + chance.randint(1, 400)])
            damaged[at:at] = span
    return bytes(damaged)
