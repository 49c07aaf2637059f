"""The parts of the program that python_snippet.py writes: its beginning, a function for each stage, the draw, the loop.

The stages do what those in engine/stages.py and engine/repetition.py do, in as few lines as can be read.
"""

from __future__ import annotations

from typing import Final

from nextword.write.stage_settings import MIROSTAT_SETTINGS, STAGE_SETTINGS

SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    **STAGE_SETTINGS,
    "mirostat_1": MIROSTAT_SETTINGS,
    "mirostat_2": MIROSTAT_SETTINGS,
}
"""The settings that a stage reads, as constants of the same names."""

HEAD: Final = '''
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

LOAD: Final = '''

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
vocabulary = llama_cpp.llama_model_get_vocab(llm.model)


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

STAGES: Final[dict[str, str]] = {
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
    "dry": """

def piece(token):
    room = 512
    buffer = ctypes.create_string_buffer(room)
    return buffer.raw[: max(0, llama_cpp.llama_token_to_piece(vocabulary, token, buffer, room, 0, True))]


def tokenized(text):
    ids = (llama_cpp.llama_token * (len(text) + 8))()
    return list(ids[: llama_cpp.llama_tokenize(vocabulary, text, len(text), ids, len(ids), False, False)])


breakers = {}  # token: what has to follow it so that it breaks a passage; [] where it holds a whole breaker
for wanted in [text.encode()[:40] for text in DRY_BREAKERS]:
    for token, data in enumerate(map(piece, range(size))):
        if wanted in data:
            breakers.setdefault(token, []).append([])
            continue
        for at in range(len(data)):
            if wanted.startswith(data[at:]):
                tail = wanted[len(data) - at :].decode("utf-8", "replace").encode()
                breakers.setdefault(token, []).append(tokenized(tail)[:20])


def since_breaker(recent):
    for back, token in enumerate(reversed(recent)):
        end = len(recent) - back
        found = [len(tail) for tail in breakers.get(token, []) if recent[end : end + len(tail)] == tail]
        if found:
            return back - max(found)
    return len(recent)


def dry(ids, x, said):
    recent = said if DRY_TOKENS < 0 else said[max(0, len(said) - DRY_TOKENS) :]
    limit, longest = since_breaker(recent), {}
    for end in range(len(recent) - 1):  # how much of what stands before it is the same as at the end?
        length = 0
        while length <= end and recent[end - length] == recent[-1 - length]:
            length += 1
        length = min(length, limit)
        if length >= DRY_ALLOWED_LENGTH:
            longest[recent[end + 1]] = max(length, longest.get(recent[end + 1], 0))
    most = int(88.7228391 / np.log(DRY_BASE)) if DRY_BASE > 1.000001 else 0
    x = x.copy()
    for token, length in longest.items():
        if [] not in breakers.get(token, []):
            over = length - DRY_ALLOWED_LENGTH
            x[ids == token] -= np.float32(min(DRY_MULTIPLIER * DRY_BASE ** (min(over, most) if most else over), 1e30))
    return ids, x

""",
    "grammar": """
grammar = llama_cpp.llama_sampler_init_grammar(vocabulary, GRAMMAR.encode(), b"root")
assert grammar, "llama.cpp does not take the grammar"
redraws = np.random.Generator(np.random.PCG64([SEED, 2]))


def refused(ids):  # for each of the ids whether it cannot come next
    data = np.zeros(len(ids), [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    data["id"] = ids
    pointer = data.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    array = llama_cpp.llama_token_data_array(pointer, len(ids), -1, False)
    llama_cpp.llama_sampler_apply(grammar, ctypes.byref(array))
    return data["logit"] == -np.inf


def follow(token):  # llama.cpp ends the program at a token that the grammar refuses: it is asked for first
    assert not refused(np.array([token]))[0], f"the grammar does not allow token {token} here"
    llama_cpp.llama_sampler_accept(grammar, token)


def by_grammar(ids, x, said):
    return ids, np.where(refused(ids), np.float32(-np.inf), x)

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
xtc_chances = np.random.Generator(np.random.PCG64([SEED, 1]))  # one number a token, too


def xtc(ids, x, said):
    w = weights(x)
    likely = np.flatnonzero(w >= XTC_THRESHOLD * w.sum())
    if XTC_THRESHOLD > 0.5 or len(likely) < 2 or xtc_chance > XTC_PROBABILITY:
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
    "mirostat_1": """
mu = 2 * MIROSTAT_TAU  # bits


def mirostat_1(ids, x, said):
    order = np.lexsort((ids, -x))
    best = x[order][:100].astype(np.float64)
    steps = -np.diff(best[best > -np.inf])
    if not len(steps):
        return ids[order[:1]], x[order[:1]]
    places = np.log1p(1 / np.arange(1, len(steps) + 1))
    slope = np.dot(places, steps) / np.dot(places, places)
    with np.errstate(all="ignore"):
        count = ((slope - 1) * 2.0**mu / (1 - float(size) ** (1 - slope))) ** (1 / slope)
    order = order[: 1 if np.isnan(count) else max(1, int(min(count, len(ids))))]
    return ids[order], x[order]

""",
    "mirostat_2": """
mu = 2 * MIROSTAT_TAU  # bits


def mirostat_2(ids, x, said):
    kept = np.flatnonzero(x >= x.max() + np.log(weights(x).sum()) - mu * np.log(2))
    kept = kept if len(kept) else np.array([int(x.argmax())])
    return tidy(ids[kept], x[kept])

""",
}
"""Each stage by its name in the program, with what it needs."""

DRAW: Final = '''

chances = np.random.Generator(np.random.PCG64(SEED))  # one number a token


def through(stages, logits, said):
    """Return the ids that are left after the stages, and their logits."""
    ids, x = np.arange(size), logits
    for stage in stages:
        ids, x = stage(ids, x, said)
    return ids, x


def pick(x, chance):
    """Return the first place whose cumulative weight is above the chance."""
    sums = np.cumsum(weights(x))
    return min(int(np.searchsorted(sums, chance * sums[-1], side="right")), len(x) - 1)

'''

PLAIN_DRAW: Final = '''

def draw(logits, said):
    """Return the next token and its log-probability after the sampler."""
    ids, x = through(STAGES, logits, said)
    place = pick(x, chances.random())
    return int(ids[place]), float(normalised(x)[place])

'''

GRAMMAR_DRAW: Final = '''

def draw(logits, said):
    """Return the next token and its log-probability after the sampler.

    It is drawn without the grammar first; only where that refuses it, the grammar takes its place among the stages.
    """
    ids, x = through([stage for stage in STAGES if stage is not by_grammar], logits, said)
    place = pick(x, chances.random())
    left = ids[x > -np.inf]
    if len(left) > 512:
        left = np.union1d(np.lexsort((np.arange(size), -logits))[:512], ids[place])
    gone = left[refused(left)]
    if ids[place] not in gone:
        x = np.where(np.isin(ids, gone), np.float32(-np.inf), x)
        return int(ids[place]), float(normalised(x)[place])
    chance = redraws.random()
    ids, x = through(STAGES, logits, said)
    if not np.any(x > -np.inf):  # it came late, and nothing that it allows was left: then it comes first
        ids, x = through(sorted(STAGES, key=lambda stage: stage is not by_grammar), logits, said)
    place = pick(x, chance)
    return int(ids[place]), float(normalised(x)[place])

'''

RUN: Final = """

said, logits = list(PROMPT), read(PROMPT)
for place in range(TOKENS):
{before}    drawn, after = draw(logits, said)
    token = WRITTEN[place] if WRITTEN else drawn
    text = llm.detokenize([token], prev_tokens=said, special=True)
    note = "" if token == drawn else f"   the draw gave {{drawn}}"
    print(f"{{place:5}} {{token:7}} {{float(normalised(logits)[token]):12.6f}}  {{text!r}}{{note}}")
{after}    said.append(token)
    if place + 1 < TOKENS:
        if not WRITTEN and llama_cpp.llama_vocab_is_eog(vocabulary, token):
            break
        logits = read([token])
"""
"""The loop. before, after: lines around each draw."""

BEFORE: Final = {"xtc": "    xtc_chance = xtc_chances.random()\n"}
_SURPRISED = "    mu -= MIROSTAT_ETA * (-after / np.log(2) - MIROSTAT_TAU)\n"
AFTER: Final = {"mirostat_1": _SURPRISED, "mirostat_2": _SURPRISED, "grammar": "    follow(token)\n"}
"""What a stage has done around each draw."""
