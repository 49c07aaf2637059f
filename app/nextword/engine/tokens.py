"""What is known of a generated token, and its compact form on disk.

Knows neither llama.cpp nor Qt: the engine makes these, the window draws them, the history keeps them packed.
"""

from __future__ import annotations

import codecs
import math
import struct
import zlib
from collections.abc import Sequence
from enum import IntEnum

import msgspec


class Cut(IntEnum):
    """The stage of the sampler that removed a candidate; KEPT: none did. The numbers are stored.

    BANNED: its logit was -inf, by the model or by a bias. TEMPERATURE: it was 0, which leaves the best token alone.
    """

    KEPT = 0
    TOP_K = 1
    TOP_P = 2
    MIN_P = 3
    BANNED = 4
    TYPICAL = 5
    XTC = 6
    TOP_N_SIGMA = 7
    MIROSTAT = 8
    GRAMMAR = 9
    TEMPERATURE = 10


NO_ID = 1 << 31
"""From here on numbers stand for texts of tokens whose id is not known: a remote model made them."""


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """A token that could stand here.

    text: its bytes, possibly half a character. logprob: natural log under the model's own distribution,
    normalised over the whole vocabulary. sampled_logprob: natural log after the sampler, None when cut.
    special: a control token, whose text is a name and is not shown in an answer.
    """

    id: int
    text: bytes
    logprob: float
    sampled_logprob: float | None = None
    cut: Cut = Cut.KEPT
    special: bool = False

    @property
    def probability(self) -> float:
        return math.exp(self.logprob)


class TokenStep(msgspec.Struct, frozen=True, array_like=True):
    """A chosen token and the distribution it was chosen from.

    rank: 1 for the model's first choice. entropy_bits: of the model's full distribution; NaN when a remote model
    made the token, of which no more is known than its candidates. kept: how many tokens the sampler left.
    candidates: the model's most likely tokens, best first; the chosen one is not repeated after them when it is
    not among them. special: a control token, whose text is not shown.
    """

    id: int
    text: bytes
    logprob: float
    rank: int
    entropy_bits: float
    sampled_logprob: float
    kept: int
    candidates: tuple[Candidate, ...] = ()
    special: bool = False

    @property
    def probability(self) -> float:
        """Probability under the model, 0 to 1."""
        return math.exp(self.logprob)

    @property
    def is_remote(self) -> bool:
        """Whether a server made it, so that its id and the rest of the distribution are not known."""
        return self.id >= NO_ID

    @property
    def surprisal_bits(self) -> float:
        """-log2 of the probability; 0 when the model was certain."""
        return max(0.0, -self.logprob / math.log(2))

    @property
    def effective_choices(self) -> float:
        """2 to the entropy: among how many equally likely tokens the model was undecided."""
        return float(2.0**self.entropy_bits)

    @property
    def rest_mass(self) -> float:
        """Probability of all tokens that are not among the candidates, 0 to 1."""
        return max(0.0, 1.0 - math.fsum(c.probability for c in self.candidates))


class Utf8Stream:
    """Bytes of tokens to text: half a character waits for its other half and is never dropped."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """Return the text that is complete after `data`."""
        return self._decoder.decode(data)

    def finish(self) -> str:
        """Return what is left: a replacement sign for a character that never became whole, or nothing."""
        return self._decoder.decode(b"", final=True)


def text_of(steps: Sequence[TokenStep]) -> str:
    """Return the visible text of `steps`: bytes joined, control tokens left out, invalid UTF-8 replaced."""
    return b"".join(step.text for step in steps if not step.special).decode("utf-8", "replace")


_FORMAT = 1
_LONGEST_TEXT_BYTES = 0xFFFF  # no vocabulary has such a token; a hostile one is cut here, the message keeps its text
_HEAD = struct.Struct("<BI")
_STEP = struct.Struct("<IfIffIB")  # id, logprob, rank, entropy, sampled logprob, kept, candidates | special << 7
_CANDIDATE = struct.Struct("<IffB")  # id, logprob, sampled logprob (NaN: cut), cut | special << 7


class TokensNotReadable(ValueError):
    """A stored block of tokens is damaged or from a later version."""


def pack(steps: Sequence[TokenStep]) -> bytes:
    """Return `steps` as a compact block: columns of numbers, every distinct text once, deflated.

    Floats keep single precision, which is what the logits have. At most 127 candidates a step.
    """
    texts: dict[int, bytes] = {}
    numbers = bytearray()
    for step in steps:
        texts[step.id] = step.text
        numbers += _STEP.pack(
            step.id, step.logprob, step.rank, step.entropy_bits, step.sampled_logprob, step.kept,
            len(step.candidates[:127]) | step.special << 7,
        )  # fmt: skip
        for candidate in step.candidates[:127]:
            texts[candidate.id] = candidate.text
            after = math.nan if candidate.sampled_logprob is None else candidate.sampled_logprob
            numbers += _CANDIDATE.pack(candidate.id, candidate.logprob, after, candidate.cut | candidate.special << 7)
    short = {token_id: text[:_LONGEST_TEXT_BYTES] for token_id, text in texts.items()}
    table = b"".join(struct.pack("<IH", token_id, len(text)) + text for token_id, text in short.items())
    body = struct.pack("<II", len(texts), len(steps)) + table + numbers
    return _HEAD.pack(_FORMAT, len(body)) + zlib.compress(body, 6)


def unpack(block: bytes) -> list[TokenStep]:
    """Return the steps of a block made by `pack`. Raises TokensNotReadable."""
    try:
        version, size = _HEAD.unpack_from(block)
        if version != _FORMAT or size > 1 << 28:
            raise TokensNotReadable(f"format {version}, {size} bytes")
        body = zlib.decompressobj().decompress(block[_HEAD.size :], size)
        if len(body) != size:
            raise TokensNotReadable("cut short")
        return _read_steps(body)
    except (struct.error, zlib.error, KeyError, ValueError) as error:
        if isinstance(error, TokensNotReadable):
            raise
        raise TokensNotReadable(str(error)) from error


def _read_steps(body: bytes) -> list[TokenStep]:
    text_count, step_count = struct.unpack_from("<II", body)
    at = 8
    texts: dict[int, bytes] = {}
    for _ in range(text_count):
        token_id, length = struct.unpack_from("<IH", body, at)
        texts[token_id] = body[at + 6 : at + 6 + length]
        at += 6 + length
    steps = []
    for _ in range(step_count):
        token_id, logprob, rank, entropy, sampled, kept, flags = _STEP.unpack_from(body, at)
        at += _STEP.size
        candidates = []
        for _ in range(flags & 127):
            other, other_logprob, after, cut = _CANDIDATE.unpack_from(body, at)
            at += _CANDIDATE.size
            sampled_logprob = None if math.isnan(after) else after
            found = Candidate(other, texts[other], other_logprob, sampled_logprob, Cut(cut & 127), cut > 127)
            candidates.append(found)
        steps.append(
            TokenStep(
                token_id,
                texts[token_id],
                logprob,
                rank,
                entropy,
                sampled,
                kept,
                tuple(candidates),
                flags > 127,
            )
        )
    return steps


def join(blocks: Sequence[bytes]) -> bytes:
    """Return one block that holds the steps of all `blocks`, in their order."""
    return pack([step for block in blocks for step in unpack(block)])
