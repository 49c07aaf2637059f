"""The program that is copied runs by itself and makes the run again: the same tokens, the same probabilities."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nextword.asking.sampling import sampling_of
from nextword.engine import protocol
from nextword.engine.tokens import TokenStep
from nextword.settings import STAGES, SamplingSettings
from nextword.write.python_snippet import Run, snippet
from tests.write.instruments import PROMPT, Bench

TOKENS = 12
SEED = 4711
_LINE = re.compile(r"^ *(\d+) +(\d+) +(-?[\d.]+)  (b['\"].*?['\"])(   the draw gave (\d+))?$", re.MULTILINE)

GRAMMAR = 'root ::= ([ ] ("of" | "you" | "w" [a-z]+))+'

SETTINGS = {
    "greedy": SamplingSettings(temperature=0.0),
    "usual": SamplingSettings(),
    "everything": SamplingSettings(
        temperature=0.9, top_k=60, top_p=0.97, min_p=0.01, typical_p=0.95, top_n_sigma=4.0, repeat_penalty=1.2,
        presence_penalty=0.3, frequency_penalty=0.1, dynamic_range=0.3, xtc_probability=0.5, xtc_threshold=0.05,
    ),
    "nothing": SamplingSettings(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0),
    "mirostat 1": SamplingSettings(mirostat=1, mirostat_tau=4.0),
    "mirostat 2": SamplingSettings(mirostat=2, mirostat_tau=3.0),
    "dry": SamplingSettings(
        temperature=0.0, dry_multiplier=4.0, dry_base=1.5, dry_allowed_length=1, dry_breakers=", \nyou"
    ),
    "dry, a short window": SamplingSettings(temperature=0.0, dry_multiplier=20.0, dry_allowed_length=1, dry_tokens=9),
    "grammar": SamplingSettings(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, grammar=GRAMMAR),
    "a late grammar": SamplingSettings(grammar=GRAMMAR, top_k=2, stages="top_k, temperature, grammar"),
    "a schema": SamplingSettings(temperature=2.0, json_schema='{"enum": ["no", "yes", 12345]}', mirostat=2),
    "another order": SamplingSettings(stages="temperature, min_p, top_p", temperature=1.5, min_p=0.02),
}  # fmt: skip

WITHOUT = {
    "dry": SamplingSettings(temperature=0.0),
    "dry, a short window": SamplingSettings(temperature=0.0),
    "grammar": SamplingSettings(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0),
    "a late grammar": SamplingSettings(top_k=2, stages="top_k, temperature"),
    "a schema": SamplingSettings(temperature=2.0, mirostat=2),
}


def generate(bench: Bench, settings: SamplingSettings, prompt: tuple[int, ...]) -> list[TokenStep]:
    wish = protocol.Generate(
        0, protocol.TokenPrompt(prompt), sampling_of(settings, SEED), protocol.Until(TOKENS), strict=True
    )
    return [event.step for event in bench.ask(wish) if isinstance(event, protocol.TokenChosen)]


def run_of(bench: Bench, settings: SamplingSettings, prompt: tuple[int, ...], written: tuple[int, ...]) -> Run:
    model = bench.engine.status.model
    assert model is not None
    return Run(
        model_path=model.path, model_name=model.name, prompt=prompt, sampling=settings, seed=SEED, written=written,
        context_tokens=model.context_tokens, memory_type=model.memory_type, version="0.0.0", tokens=TOKENS,
    )  # fmt: skip


def execute(programs: list[str], folder: Path) -> list[str]:
    """Run the programs one after the other in a process of their own, with the CPU variant that works here."""
    first = (
        "from pathlib import Path\nfrom nextword.engine import backends\n"
        f"variant = backends.choose(Path({str(folder)!r}))\n"
        "variant.path is None or backends.load_backend(variant.path)\n"
    )
    paths = []
    for number, program in enumerate(programs):
        paths.append(folder / f"snippet {number}.py")
        paths[-1].write_text(program, encoding="utf-8")
    runs = "".join(
        f"print('@@')\nexec(compile(Path({str(p)!r}).read_text(), 'snippet', 'exec'), {{}})\n" for p in paths
    )
    done = subprocess.run(
        [sys.executable, "-c", first + runs], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("@@\n")[1:]


def test_every_copied_program_gives_the_tokens_and_the_probabilities_of_its_run(bench: Bench, tmp_path: Path) -> None:
    prompt = bench.ids_of(f"{PROMPT} you, {PROMPT} the word of you, the word")
    steps = {name: generate(bench, settings, prompt) for name, settings in SETTINGS.items()}
    for name, without in WITHOUT.items():  # they decide something here
        assert [step.id for step in generate(bench, without, prompt)] != [step.id for step in steps[name]], name
    programs = [
        snippet(run_of(bench, SETTINGS[name], prompt, tuple(step.id for step in steps[name]))) for name in SETTINGS
    ]
    fresh = snippet(run_of(bench, SETTINGS["usual"], prompt, ()))
    *outputs, again = execute([*programs, fresh], tmp_path)
    for name, output in zip(SETTINGS, outputs, strict=True):
        found = _LINE.findall(output)
        assert [int(line[1]) for line in found] == [step.id for step in steps[name]], name
        assert not [line for line in found if line[4]], name
        assert [float(line[2]) for line in found] == pytest.approx([s.logprob for s in steps[name]], abs=1e-4), name
        assert ast.literal_eval(found[0][3]).strip() == steps[name][0].text.strip(), name
    assert [int(line[1]) for line in _LINE.findall(again)][:3] == [step.id for step in steps["usual"]][:3]


def test_a_schema_that_cannot_be_read_is_named() -> None:
    settings = SamplingSettings(json_schema='{"type": "dragon"}')
    text = snippet(Run("/m.gguf", "m", (1,), settings, 7))
    assert "Not written out here: the JSON schema" in text
    compile(text, "snippet", "exec")
    assert "Not written out" not in snippet(Run("/m.gguf", "m", (1,), SamplingSettings(grammar="root ::= [a]"), 7))


def test_only_stages_that_act_are_written_out_in_their_order() -> None:
    usual = snippet(Run("/m.gguf", 'A "model"', (1,), SamplingSettings(), 7))
    assert "STAGES = [top_k, top_p, min_p, temperature]" in usual
    assert "def penalties" not in usual
    turned = SamplingSettings(stages=", ".join(reversed(STAGES.split(", "))))
    assert "STAGES = [temperature, min_p, top_p, top_k]" in snippet(Run("/m.gguf", "m", (1,), turned, 7))


def test_a_name_and_a_path_with_quotes_stay_text() -> None:
    text = snippet(Run("/a'b\"c\\d.gguf", 'x """ y \\', (1,), SamplingSettings(), 7))
    assert compile(text, "snippet", "exec")
    assert "MODEL = '/a\\'b\"c\\\\d.gguf'" in text
