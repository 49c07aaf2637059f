"""A run as a Python program of its own: model, exact ids, sampler chain and seed, for llama-cpp-python and NumPy.

The stages are written out (as in engine/stages.py), because llama.cpp draws with other random numbers.
"""

from __future__ import annotations

import dataclasses
import pprint
from collections.abc import Sequence

from msgspec import Struct

from nextword.asking.sampling import lines
from nextword.engine.json_schema import to_gbnf
from nextword.errors import GrammarNotUnderstood
from nextword.settings import SamplingSettings, listed_in
from nextword.write.python_snippet_parts import (
    AFTER,
    BEFORE,
    DRAW,
    GRAMMAR_DRAW,
    HEAD,
    LOAD,
    PLAIN_DRAW,
    RUN,
    SETTINGS,
    STAGES,
)

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
    stages = _stages(run.sampling)
    name = _one_line(run.model_name)
    parts = [
        HEAD.format(version=run.version, name=name, missing=_not_written_out(run.sampling, stages)),
        _values(run, stages),
        LOAD.format(type=_F32 if run.memory_type == "F32" else _F16),
        *(STAGES[stage] for stage in stages),
        _chain(stages, run.sampling),
        DRAW,
        GRAMMAR_DRAW if "grammar" in stages else PLAIN_DRAW,
        RUN.format(
            before="".join(BEFORE.get(stage, "") for stage in stages),
            after="".join(AFTER.get(stage, "") for stage in stages),
        ),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def _stages(settings: SamplingSettings) -> list[str]:
    """Return the stages that act, in their order."""
    truncating = ("top_n_sigma", "top_k", "typical", "top_p", "min_p", "xtc")
    acting = {
        "grammar": bool(_grammar(settings)),
        "penalties": (settings.repeat_penalty, settings.frequency_penalty, settings.presence_penalty) != (1, 0, 0),
        "dry": settings.dry_multiplier != 0 and settings.dry_base >= 1 and settings.dry_tokens != 0,
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
        found.append(f"mirostat_{settings.mirostat}")
    return found


def _grammar(settings: SamplingSettings) -> str:
    """Return the grammar in llama.cpp's language; "" for none, or for a schema that cannot be translated."""
    if not settings.json_schema.strip():
        return settings.grammar if settings.grammar.strip() else ""
    try:
        return to_gbnf(settings.json_schema)
    except GrammarNotUnderstood:
        return ""


def _not_written_out(settings: SamplingSettings, stages: Sequence[str]) -> str:
    wanted = bool(settings.grammar.strip() or settings.json_schema.strip()) and "grammar" in listed_in(settings.stages)
    if not wanted or "grammar" in stages:
        return ""
    return "\nNot written out here: the JSON schema, which cannot be read. Where it decided, the draw is another one.\n"


def _values(run: Run, stages: Sequence[str]) -> str:
    found = [f"MODEL = {run.model_path!r}", f"PROMPT = {_list(run.prompt)}"]
    if run.written:
        found.append(f"WRITTEN = {_list(run.written)}  # by the model, in Nextword")
        found.append("TOKENS = len(WRITTEN)")
    else:
        found += ["WRITTEN = []", f"TOKENS = {run.tokens}"]
    found += [f"SEED = {run.seed}", f"CONTEXT = {run.context_tokens}"]
    used = {name for stage in stages for name in SETTINGS.get(stage, ())}
    found += [
        f"{field.name.upper()} = {getattr(run.sampling, field.name)!r}"
        for field in dataclasses.fields(run.sampling)
        if field.name in used
    ]
    if "dry" in stages:
        breakers = pprint.pformat(list(lines(run.sampling.dry_breakers)), width=_WIDTH, compact=True)
        found.append(f"DRY_BREAKERS = {breakers}")
    if "grammar" in stages:
        found.append(f"GRAMMAR = {pprint.pformat(_grammar(run.sampling), width=_WIDTH)}")
    return "\n".join(found) + "\n"


def _list(ids: Sequence[int]) -> str:
    return pprint.pformat(list(ids), width=_WIDTH, compact=True)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"""', "'''").split())


def _chain(stages: Sequence[str], settings: SamplingSettings) -> str:
    order = ", ".join("by_grammar" if name == "grammar" else name for name in stages)
    lines = [f"STAGES = [{order}]  # in the order of the run"]
    if settings.temperature <= 0 and "temperature" in stages and not settings.dynamic_range:
        lines.append("# Temperature 0: the best token alone is left.")
    return "\n".join(lines)
