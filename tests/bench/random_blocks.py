"""Random numbers as quantized blocks of llama.cpp: valid, with a known spread, made without quantizing anything.

Layouts: ggml-common.h. A block holds its scale d in half precision and small whole numbers; drawing the whole numbers
evenly and choosing d gives numbers around zero with the standard deviation that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def blocks(kind: Type, count: int, scale: float, random: np.random.Generator) -> Bytes:
    """Return `count` numbers with the standard deviation `scale`, shape (number of blocks, bytes of a block)."""
    numbers, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    size = count // numbers
    drawn = np.frombuffer(random.bytes(size * block_bytes), np.uint8).reshape(size, block_bytes).copy()
    # Blocks differ in size by up to a third, as those of a trained model do.
    sizes = scale * random.uniform(0.75, 1.25, size)
    _FILL[kind](drawn, sizes)
    return drawn


def _half(values: NDArray[np.float64]) -> Bytes:
    return values.astype("<f2").view(np.uint8).reshape(-1, 2)


def _fill_q5_0(drawn: Bytes, sizes: NDArray[np.float64]) -> None:
    """Set d; a number is d * (q - 16), q in 0..31."""
    drawn[:, :2] = _half(sizes / _even_spread(32))


def _fill_q8_0(drawn: Bytes, sizes: NDArray[np.float64]) -> None:
    """Set d; a number is d * q, q in -128..127."""
    drawn[:, :2] = _half(sizes / _even_spread(256))


def _fill_q4_k(drawn: Bytes, sizes: NDArray[np.float64]) -> None:
    """Set d, dmin and both six-bit scales; a number is d * s * q - dmin * s, q in 0..15, s in 32..63."""
    scales = drawn[:, 4:12] & 31 | 32
    drawn[:, 4:8] = scales[:, :4] | (scales[:, 4:] >> 4) << 6
    drawn[:, 8:12] = drawn[:, 4:8]
    drawn[:, 12:16] = scales[:, 4:] & 15 | (scales[:, 4:] & 15) << 4
    step = sizes / (_even_spread(16) * 48)
    drawn[:, :2] = _half(step)
    drawn[:, 2:4] = _half(7.5 * step)


def _fill_q6_k(drawn: Bytes, sizes: NDArray[np.float64]) -> None:
    """Set d and the scales; a number is d * s * (q - 32), q in 0..63, s in 32..63."""
    drawn[:, 192:208] = drawn[:, 192:208] & 31 | 32
    drawn[:, 208:210] = _half(sizes / (_even_spread(64) * 48))


def _even_spread(values: int) -> float:
    """Return the standard deviation of whole numbers of which so many in a row are equally likely."""
    return float(((values**2 - 1) / 12) ** 0.5)


_FILL: dict[Type, Callable[[Bytes, NDArray[np.float64]], None]] = {
    Type.Q5_0: _fill_q5_0,
    Type.Q8_0: _fill_q8_0,
    Type.Q4_K: _fill_q4_k,
    Type.Q6_K: _fill_q6_k,
}
