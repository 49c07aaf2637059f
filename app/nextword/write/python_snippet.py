"""A run as a Python program of its own: model, exact ids, sampler chain and seed, for llama-cpp-python and NumPy.

The stages are written out (as in engine/stages.py), because llama.cpp draws with other random numbers.
"""

from __future__ import annotations

import dataclasses
import pprint
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from nextword.settings import SamplingSettings, listed_in

_WIDTH = 100
_F32, _F16 = 0, 1  # ggml types


class Run(Struct, frozen=True):
    """prompt: the exact ids before what was written. written: ids that the model wrote; () for a run still to be
    made, of `tokens` tokens. seed: the one that was used. memory_type: of keys and values, as ModelInfo has it."""

    model_path: str
    model_name: str
    prompt: tuple[int, ...]
    sampling: SamplingSettings
    seed: int
    written: tuple[int, ...] = ()
    tokens: int = 32
    context_tokens: int = 512
    memory_type: str = "F32"
    version: str = ""


def snippet(run: Run) -> str:
    """Return the program. It prints every token with its log-probability, and whether the draw gave the same token."""
    settings = run.sampling
    stages = _stages(settings)
    missing = _not_written_out(settings)
    parts = [
        _HEAD.format(version=run.version, name=_one_line(run.model_name), missing=missing),
        _values(run, stages),
        _LOAD.format(type=_F32 if run.memory_type == "F32" else _F16),
        *(_STAGES[name] for name in stages),
        _chain(stages, settings),
        _RUN,
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def _stages(settings: SamplingSettings) -> list[str]:
    """Return the stages that act and that can be written out, in their order."""
    truncating = ("top_n_sigma", "top_k", "typical", "top_p", "min_p", "xtc")
    acting = {
        "penalties": (settings.repeat_penalty, settings.frequency_penalty, settings.presence_penalty) != (1, 0, 0),
        "top_n_sigma": settings.top_n_sigma > 0,
        "top_k": settings.top_k > 0,
        "typical": settings.typical_p < 1,
        "top_p": settings.top_p < 1,
        "min_p": settings.min_p > 0,
        "xtc": settings.xtc_probability > 0,
        "temperature": settings.temperature != 1 or settings.dynamic_range > 0,
    }
    found = [name for name in listed_in(settings.stages) if acting.get(name)]
    if settings.mirostat:
        found = [name for name in found if name not in truncating]
        if settings.mirostat == 2:
            found.append("mirostat")
    return found


def _not_written_out(settings: SamplingSettings) -> str:
    listed = listed_in(settings.stages)
    names = [
        name
        for name, used in (
            ("DRY", settings.dry_multiplier > 0 and "dry" in listed),
            ("the grammar", bool(settings.grammar or settings.json_schema) and "grammar" in listed),
            ("Mirostat 1", settings.mirostat == 1),
        )
        if used
    ]
    if not names:
        return ""
    return f"\nNot written out here: {', '.join(names)}. Where it decided, the draw below is another one.\n"


def _values(run: Run, stages: Sequence[str]) -> str:
    lines = [f"MODEL = {run.model_path!r}", f"PROMPT = {_list(run.prompt)}"]
    if run.written:
        lines.append(f"WRITTEN = {_list(run.written)}  # by the model, in Nextword")
        lines.append("TOKENS = len(WRITTEN)")
    else:
        lines += ["WRITTEN = []", f"TOKENS = {run.tokens}"]
    lines += [f"SEED = {run.seed}", f"CONTEXT = {run.context_tokens}"]
    used = {name for stage in stages for name in _SETTINGS[stage]}
    lines += [
        f"{field.name.upper()} = {getattr(run.sampling, field.name)!r}"
        for field in dataclasses.fields(run.sampling)
        if field.name in used
    ]
    return "\n".join(lines) + "\n"


def _list(ids: Sequence[int]) -> str:
    return pprint.pformat(list(ids), width=_WIDTH, compact=True)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"""', "'''").split())


def _chain(stages: Sequence[str], settings: SamplingSettings) -> str:
    order = ", ".join(stages)
    lines = [f"STAGES = [{order}]  # in the order of the run"]
    if settings.temperature <= 0 and "temperature" in stages and not settings.dynamic_range:
        lines.append("# Temperature 0: the best token alone is left.")
    return "\n".join(lines)


_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "penalties": ("repeat_penalty", "frequency_penalty", "presence_penalty", "penalty_tokens"),
    "top_n_sigma": ("top_n_sigma",),
    "top_k": ("top_k",),
    "typical": ("typical_p",),
    "top_p": ("top_p",),
    "min_p": ("min_p",),
    "xtc": ("xtc_probability", "xtc_threshold"),
    "temperature": ("temperature", "dynamic_range", "dynamic_exponent"),
    "mirostat": ("mirostat_tau", "mirostat_eta"),
}

_HEAD: Final = '''
"""A run of Nextword {version} with {name}, made again. Needs: pip install llama-cpp-python numpy

It prints every token with its exact log-probability (natural log, over the whole vocabulary).{missing}
The last digits depend on the processor and on the build of llama.cpp.
"""

import ctypes
import os
import pathlib
from collections import Counter

import llama_cpp
import numpy as np

'''

_LOAD: Final = '''

def load_backends():
    """Load the variants for this processor where a build keeps them in files of their own, as Nextword's does."""
    variants = pathlib.Path(llama_cpp.__file__).parent.parent / "bin"
    ggml = llama_cpp.llama_cpp._lib  # libllama, which brings libggml
    if any(variants.glob("*ggml-cpu-*")) and hasattr(ggml, "ggml_backend_load_all_from_path"):
        ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
        if not ggml.ggml_backend_reg_count():
            ggml.ggml_backend_load_all_from_path(os.fsencode(variants))


load_backends()
llm = llama_cpp.Llama(
    MODEL, n_ctx=CONTEXT, n_batch=512, n_ubatch=256, n_gpu_layers=0, flash_attn=False,
    type_k={type}, type_v={type}, verbose=False,
)
size = llm.n_vocab()


def read(ids):
    """Evaluate ids after what was read; return the logits of the next token, float32 (n_vocab,)."""
    llm.eval(ids)
    return np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(llm.ctx, -1), shape=(size,)).copy()


def normalised(x):
    """Logits to natural log-probabilities."""
    best = float(x.max())
    return x - (best + np.log(np.exp(x.astype(np.float64) - best).sum()))


def tidy(ids, x):
    """Best first, of equals the lower id; a large pool stays in the order of its ids."""
    order = np.lexsort((ids, -x)) if len(ids) <= 4096 else np.argsort(ids)
    return ids[order], x[order]


def weights(x):
    return np.exp(x.astype(np.float64) - float(x.max()))


# Each stage takes the ids that are left and their logits, and returns what it leaves of them.

'''

_STAGES: Final[dict[str, str]] = {
    "penalties": """

def penalties(ids, x, said):
    recent = said if PENALTY_TOKENS < 0 else said[max(0, len(said) - PENALTY_TOKENS):]
    x = x.copy()
    for token, times in Counter(recent).items():
        at = np.flatnonzero(ids == token)
        x[at] = np.where(x[at] <= 0, x[at] * np.float32(REPEAT_PENALTY), x[at] / np.float32(REPEAT_PENALTY))
        x[at] -= np.float32(times) * np.float32(FREQUENCY_PENALTY) + np.float32(PRESENCE_PENALTY)
    return ids, x

""",
    "top_n_sigma": """

def top_n_sigma(ids, x, said):
    alive = x[x > -np.inf]
    deviation = np.sqrt(np.mean((alive - alive.mean()) ** 2))
    return ids, np.where(x < x.max() - TOP_N_SIGMA * deviation, np.float32(-np.inf), x)

""",
    "top_k": """

def top_k(ids, x, said):
    order = np.lexsort((ids, -x))[:TOP_K]
    return ids[order], x[order]

""",
    "typical": """

def typical(ids, x, said):
    ids, x = tidy(ids, x)
    w = weights(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(w > 0, np.log(w.sum()) - np.log(w), np.inf)
        entropy = np.nansum(np.where(w > 0, w * surprise, 0.0)) / w.sum()
    order = np.argsort(np.abs(surprise - entropy), kind="stable")
    count = int(np.searchsorted(np.cumsum(w[order]), np.nextafter(TYPICAL_P * w.sum(), np.inf))) + 1
    kept = np.sort(order[:count])
    return tidy(ids[kept], x[kept])

""",
    "top_p": """

def top_p(ids, x, said):
    order = np.lexsort((ids, -x))
    w = weights(x[order])
    kept = np.sort(order[: int(np.searchsorted(np.cumsum(w), TOP_P * w.sum())) + 1])
    return tidy(ids[kept], x[kept])

""",
    "min_p": """

def min_p(ids, x, said):
    kept = np.flatnonzero(x >= x.max() + np.float32(np.log(MIN_P)))
    return tidy(ids[kept], x[kept])

""",
    "xtc": """
xtc_chances = np.random.Generator(np.random.PCG64([SEED, 1]))


def xtc(ids, x, said):
    chance = xtc_chances.random()
    w = weights(x)
    likely = np.flatnonzero(w >= XTC_THRESHOLD * w.sum())
    if XTC_THRESHOLD > 0.5 or len(likely) < 2 or chance > XTC_PROBABILITY:
        return ids, x
    gone = likely[np.lexsort((ids[likely], -x[likely]))][:-1]  # all but the least likely of them
    return np.delete(ids, gone), np.delete(x, gone)

""",
    "temperature": """

def temperature(ids, x, said):
    degrees = TEMPERATURE
    if DYNAMIC_RANGE > 0 and len(ids) > 1:  # the flatter the distribution, the hotter
        w = weights(x[x > -np.inf])
        entropy = np.log(w.sum()) - np.sum(w * np.log(w, where=w > 0, out=np.zeros_like(w))) / w.sum()
        low, high = max(0.0, degrees - DYNAMIC_RANGE), degrees + DYNAMIC_RANGE
        degrees = low + (high - low) * max(0.0, entropy / np.log(len(ids))) ** DYNAMIC_EXPONENT
    if degrees <= 0:
        order = np.lexsort((ids, -x))[:1]
        return ids[order], x[order]
    return ids, x / np.float32(degrees)

""",
    "mirostat": """
mu = 2 * MIROSTAT_TAU  # bits


def mirostat(ids, x, said):
    kept = np.flatnonzero(x >= x.max() + np.log(weights(x).sum()) - mu * np.log(2))
    kept = kept if len(kept) else np.array([int(x.argmax())])
    return tidy(ids[kept], x[kept])

""",
}

_RUN: Final = '''

chances = np.random.Generator(np.random.PCG64(SEED))  # one number a token


def draw(logits, said):
    """Return the next token and its log-probability after the sampler."""
    ids, x = np.arange(size), logits
    for stage in STAGES:
        ids, x = stage(ids, x, said)
    sums = np.cumsum(weights(x))
    place = min(int(np.searchsorted(sums, chances.random() * sums[-1], side="right")), len(ids) - 1)
    return int(ids[place]), float(normalised(x)[place])


said, logits = list(PROMPT), read(PROMPT)
for place in range(TOKENS):
    drawn, after = draw(logits, said)
    token = WRITTEN[place] if WRITTEN else drawn
    text = llm.detokenize([token], prev_tokens=said, special=True)
    note = "" if token == drawn else f"   the draw gave {drawn}"
    print(f"{place:5} {token:7} {float(normalised(logits)[token]):12.6f}  {text!r}{note}")
    if "mu" in globals():
        mu -= MIROSTAT_ETA * (-after / np.log(2) - MIROSTAT_TAU)
    said.append(token)
    if place + 1 < TOKENS:
        if not WRITTEN and llama_cpp.llama_vocab_is_eog(llama_cpp.llama_model_get_vocab(llm.model), token):
            break
        logits = read([token])
'''
