"""llama.cpp's low-level functions, as far as the evaluation needs them: score and generate in parallel lanes."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starter.missing import needed

LANES = 48
CELLS = 16_384
BATCH = 4_096
# The processor variants that are tried, best first (AMX ones are left out: they crash in this release).
VARIANTS = (("icelake", "avx512_vnni"), ("skylakex", "avx512vl"), ("haswell", "avx2"), ("x64", "sse2"))

Logprobs = NDArray[np.float64]


def _processor_flags() -> set[str]:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return {"avx2", "sse2"}
    line = next((line for line in info.read_text().splitlines() if line.startswith("flags")), "")
    return set(line.split())


def _load_backend(package: Any) -> None:
    """Load a processor backend, where the build has them as separate files."""
    folder = Path(package.__file__).parent
    libraries = [path for path in (folder / "lib" / "libggml.so.0", folder / "lib" / "libggml.so") if path.exists()]
    variants = list((folder.parent / "bin").glob("libggml-cpu-*.so"))
    if not libraries or not variants:
        return
    library = ctypes.CDLL(str(libraries[0]), mode=ctypes.RTLD_GLOBAL)
    library.ggml_backend_load.restype = ctypes.c_void_p
    flags = _processor_flags()
    for name, flag in VARIANTS:
        path = folder.parent / "bin" / f"libggml-cpu-{name}.so"
        if flag in flags and path.exists() and library.ggml_backend_load(str(path).encode()):
            return


def log_softmax(logits: NDArray[np.float32]) -> Logprobs:
    """Return natural-log probabilities."""
    wide = logits.astype(np.float64)
    wide -= wide.max()
    result: Logprobs = wide - np.log(np.exp(wide).sum())
    return result


@dataclass
class Generation:
    """One text in the making, and how it ended."""

    prompt: list[int]
    ids: list[int] = field(default_factory=list)
    ended: bool = False


_quiet: list[object] = []  # C calls it for as long as the process lives


class Llama:
    """One GGUF file in llama.cpp."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        self.api = needed("llama_cpp").llama_cpp
        if not os.environ.get("STARTER_VERBOSE"):
            if not _quiet:
                _quiet.append(self.api.llama_log_callback(lambda *_: None))
            self.api.llama_log_set(_quiet[0], None)
        self.api.llama_backend_init()
        _load_backend(needed("llama_cpp"))
        settings = self.api.llama_model_default_params()
        settings.n_gpu_layers = 0
        self.model = self.api.llama_model_load_from_file(str(path).encode(), settings)
        if not self.model:
            raise OSError(f"llama.cpp cannot load {path}")
        self.vocab = self.api.llama_model_get_vocab(self.model)
        self.size = self.api.llama_vocab_n_tokens(self.vocab)
        wanted = self.api.llama_context_default_params()
        wanted.n_ctx, wanted.n_batch, wanted.n_ubatch = CELLS, BATCH, 512
        wanted.n_seq_max, wanted.kv_unified = LANES + 1, True
        wanted.n_threads = wanted.n_threads_batch = threads
        self.context = self.api.llama_init_from_model(self.model, wanted)
        self.memory = self.api.llama_get_memory(self.context)
        self._batch = self.api.llama_batch_init(BATCH, 0, 1)

    def close(self) -> None:
        """Give the memory back."""
        self.api.llama_batch_free(self._batch)
        self.api.llama_free(self.context)
        self.api.llama_model_free(self.model)

    def tokenize(self, text: str, *, special: bool = False, begin: bool = False) -> list[int]:
        """Return the ids of `text`; control tokens are read only if `special`, BOS added only if `begin`."""
        raw = text.encode()
        room = len(raw) + 8
        buffer = (self.api.llama_token * room)()
        count = self.api.llama_tokenize(self.vocab, raw, len(raw), buffer, room, begin, special)
        if count < 0:
            raise ValueError("llama_tokenize needs more room than the text has bytes")
        return list(buffer[:count])

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`; control tokens have none."""
        return self.raw_bytes(ids).decode(errors="replace")

    def raw_bytes(self, ids: Sequence[int]) -> bytes:
        """Return the bytes of `ids`."""
        buffer = ctypes.create_string_buffer(512)
        parts = []
        for number in ids:
            size = self.api.llama_token_to_piece(self.vocab, number, buffer, len(buffer), 0, False)
            parts.append(buffer.raw[: max(size, 0)])
        return b"".join(parts)

    def is_end(self, number: int) -> bool:
        """Say whether the token ends a generation."""
        return bool(self.api.llama_vocab_is_eog(self.vocab, number))

    def _decode(self, entries: list[tuple[int, int, int, bool]]) -> dict[int, Logprobs]:
        """Evaluate (token, position, lane, logits wanted) entries; return logprobs by entry number."""
        found: dict[int, Logprobs] = {}
        for start in range(0, len(entries), BATCH):
            part = entries[start : start + BATCH]
            batch = self._batch
            batch.n_tokens = len(part)
            for place, (token, position, lane, wanted) in enumerate(part):
                batch.token[place], batch.pos[place] = token, position
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, lane
                batch.logits[place] = wanted
            status = self.api.llama_decode(self.context, batch)
            if status:
                raise RuntimeError(f"llama_decode returned {status}")
            for place, (_, _, _, wanted) in enumerate(part):
                if wanted:
                    row = self.api.llama_get_logits_ith(self.context, place)
                    found[start + place] = log_softmax(np.ctypeslib.as_array(row, (self.size,)))
        return found

    def _clear(self) -> None:
        self.api.llama_memory_clear(self.memory, True)

    def score(self, cases: Sequence[tuple[list[int], list[int]]]) -> list[float]:
        """Return for each (prompt ids, target ids) the log-probability of all of target after prompt.

        What all prompts have in common at their beginning is evaluated once.
        """
        shared = common_length([prompt for prompt, _ in cases])
        found: list[float] = []
        for start in range(0, len(cases), LANES):
            self._clear()
            found += self._score_lanes(cases[start : start + LANES], shared)
        return found

    def _score_lanes(self, cases: Sequence[tuple[list[int], list[int]]], shared: int) -> list[float]:
        head = cases[0][0][:shared]
        if head:
            self._decode([(token, place, 0, False) for place, token in enumerate(head)])
        entries: list[tuple[int, int, int, bool]] = []
        wanted: list[list[tuple[int, int]]] = []
        for lane, (prompt, target) in enumerate(cases, start=1):
            if head:
                self.api.llama_memory_seq_cp(self.memory, 0, lane, -1, -1)
            tail = (prompt + target[:-1])[shared:]
            first = len(prompt) - 1
            asked = []
            for place, token in enumerate(tail, start=shared):
                if place >= first:
                    asked.append((len(entries), target[place - first]))
                entries.append((token, place, lane, place >= first))
            wanted.append(asked)
        logprobs = self._decode(entries)
        return [sum(float(logprobs[entry][token]) for entry, token in asked) for asked in wanted]

    def next_logprobs(self, prompt: list[int]) -> Logprobs:
        """Return the log-probabilities of every token after `prompt`."""
        self._clear()
        last = len(prompt) - 1
        return self._decode([(token, place, 0, place == last) for place, token in enumerate(prompt)])[last]

    def surprisal_nats(self, ids: list[int]) -> float:
        """Return the summed surprisal of ids[1:] given what is before each."""
        self._clear()
        found = self._decode([(token, place, 0, True) for place, token in enumerate(ids[:-1])])
        return -sum(float(found[place][token]) for place, token in enumerate(ids[1:]))

    def generate(
        self,
        prompts: Sequence[list[int]],
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
        stop: bytes = b"",
    ) -> list[Generation]:
        """Continue every prompt by up to `limit` tokens; `stop` ends one where its bytes appear."""
        done: list[Generation] = []
        for start in range(0, len(prompts), LANES):
            lanes = [Generation(list(prompt)) for prompt in prompts[start : start + LANES]]
            draws = [np.random.default_rng((seed, start + lane)) for lane in range(len(lanes))]
            self._generate_lanes(lanes, draws, limit=limit, temperature=temperature, stop=stop)
            done += lanes
        return done

    def _generate_lanes(
        self,
        lanes: list[Generation],
        draws: list[np.random.Generator],
        *,
        limit: int,
        temperature: float,
        stop: bytes,
    ) -> None:
        self._clear()
        entries: list[tuple[int, int, int, bool]] = []
        active: list[int] = list(range(len(lanes)))
        for lane, one in enumerate(lanes):
            last = len(one.prompt) - 1
            entries += [(token, place, lane, place == last) for place, token in enumerate(one.prompt)]
        while active:
            logprobs = list(self._decode(entries).values())
            entries, still = [], []
            for lane, row in zip(active, logprobs, strict=True):
                one = lanes[lane]
                token = pick(row, temperature, draws[lane])
                if self.is_end(token):
                    one.ended = True
                    continue
                one.ids.append(token)
                if len(one.ids) >= limit or (stop and stop in self.raw_bytes(one.ids[-4:])):
                    continue
                entries.append((token, len(one.prompt) + len(one.ids) - 1, lane, True))
                still.append(lane)
            active = still


def pick(logprobs: Logprobs, temperature: float, draw: np.random.Generator) -> int:
    """Return the likeliest token, or one drawn at `temperature`."""
    if temperature <= 0:
        return int(logprobs.argmax())
    scaled = logprobs / temperature
    weights = np.exp(scaled - scaled.max())
    return int(draw.choice(len(weights), p=weights / weights.sum()))


def common_length(sequences: Sequence[list[int]]) -> int:
    """Return how many ids all sequences share at their beginning, leaving at least one of each."""
    shortest = min(len(one) for one in sequences) - 1
    first = sequences[0]
    for place in range(shortest):
        if any(one[place] != first[place] for one in sequences):
            return place
    return max(shortest, 0)
