"""The engine check with the real CPU variants of the installed llama.cpp."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nextword import resources
from nextword.engine import backends
from nextword.engine.backends import Question, Reference
from nextword.engine.header import read_header
from nextword.errors import NoWorkingVariant


def variant(name: str) -> Path:
    return next(path for path in backends.find_variants() if backends.variant_name(path) == name)


@pytest.fixture
def source_of_no_answer(tmp_path: Path) -> dict[str, Path]:
    """Libraries that look like variants: one that crashes when it is asked, one that hangs, one that is none.

    All claim to suit the processor best.
    """
    programs = {
        "crasher": "int ggml_backend_score(void) { return 9000; } void *ggml_backend_init(void) { __builtin_trap(); }",
        "sleeper": "int pause(void); int ggml_backend_score(void) { return 8000; }"
        " void *ggml_backend_init(void) { for (;;) pause(); }",
        "dies-when-scored": "int ggml_backend_score(void) { __builtin_trap(); }",
    }
    made = {}
    for name, text in programs.items():
        source = tmp_path / f"{name}.c"
        source.write_text(text)
        made[name] = tmp_path / f"libggml-cpu-{name}.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", made[name], source], check=True)
    made["text"] = tmp_path / "libggml-cpu-text.so"
    made["text"].write_text("not a library")
    return made


def test_variants_of_the_build_are_found_and_named() -> None:
    names = {backends.variant_name(path) for path in backends.find_variants()}
    assert {"x64", "haswell", "icelake", "sapphirerapids"} <= names


def test_every_variant_is_scored_and_the_plainest_always_runs() -> None:
    scores = backends.score_variants(backends.find_variants())
    assert scores[variant("x64")] == 1
    assert set(scores) == set(backends.find_variants())


def test_the_choice_answers_right_and_is_the_best_of_those_that_do(tmp_path: Path) -> None:
    chosen = backends.choose(tmp_path)
    assert chosen.tried[-1].outcome == "right"
    assert chosen.tried[-1].name == chosen.name
    assert [trial.score for trial in chosen.tried] == sorted((t.score for t in chosen.tried), reverse=True)
    assert chosen.score > 0
    assert chosen.path == variant(chosen.name)
    assert chosen.check_seconds > 0


def test_the_choice_is_remembered_until_it_is_forgotten(tmp_path: Path) -> None:
    only = [variant("x64")]
    first = backends.choose(tmp_path, variants=only)
    again = backends.choose(tmp_path, variants=only)
    assert (again.name, again.path, again.tried) == (first.name, first.path, first.tried)
    assert again.check_seconds == 0.0
    backends.forget(tmp_path)
    assert backends.choose(tmp_path, variants=only).check_seconds > 0


def test_a_variant_that_crashed_with_a_real_model_is_passed_over(tmp_path: Path) -> None:
    two = [variant("x64"), variant("sse42")]
    assert backends.choose(tmp_path, variants=two).name == "sse42"
    backends.avoid(tmp_path, "another")
    assert backends.choose(tmp_path, variants=two).name == "sse42"
    backends.avoid(tmp_path, "sse42")
    other = backends.choose(tmp_path, variants=two)
    assert (other.name, [trial.outcome for trial in other.tried]) == ("x64", ["crashed before", "right"])
    backends.avoid(tmp_path, "x64")
    assert backends.choose(tmp_path, variants=two).name == "x64", "there is nothing plainer to go to"
    backends.forget(tmp_path)
    assert backends.choose(tmp_path, variants=two).name == "sse42"


def test_another_build_is_checked_anew(tmp_path: Path) -> None:
    copy = tmp_path / "libggml-cpu-x64.so"
    shutil.copy(variant("x64"), copy)
    backends.choose(tmp_path, variants=[copy])
    copy.touch()
    assert backends.choose(tmp_path, variants=[copy]).check_seconds > 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"machine": 1}', b"\xff\xfe", b'{"name": "x64"}'])
def test_a_damaged_memory_is_the_same_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "engine-check.json").write_bytes(content)
    assert backends.choose(tmp_path, variants=[variant("x64")]).check_seconds > 0


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_memory(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert backends.choose(blocked / "cache", variants=[variant("x64")]).name == "x64"


def test_variants_that_crash_or_are_no_library_are_passed_over(
    tmp_path: Path, source_of_no_answer: dict[str, Path]
) -> None:
    bad = [source_of_no_answer[name] for name in ("crasher", "dies-when-scored", "text")]
    chosen = backends.choose(tmp_path / "cache", variants=[*bad, variant("x64")])
    assert chosen.name == "x64"
    assert [(trial.name, trial.outcome) for trial in chosen.tried] == [
        ("crasher", "SIGILL" if sys.platform == "linux" else "failed"),
        ("x64", "right"),
    ]


def test_a_variant_that_hangs_is_given_up(source_of_no_answer: dict[str, Path]) -> None:
    assert backends.try_variant(source_of_no_answer["sleeper"], wait_seconds=2).outcome == "hung"


def test_a_variant_that_computes_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    right = backends.read_reference()
    tokens = Reference(right.prompt, (*right.tokens[:-1], right.tokens[-1] ^ 1), right.logprobs)
    monkeypatch.setattr(backends, "read_reference", lambda: tokens)
    assert backends.try_variant(variant("x64")).outcome == "wrong"
    logprobs = Reference(right.prompt, right.tokens, (right.logprobs[0] - 0.5, *right.logprobs[1:]))
    monkeypatch.setattr(backends, "read_reference", lambda: logprobs)
    assert backends.try_variant(variant("x64")).outcome == "wrong"


def test_no_working_variant_says_what_was_tried(tmp_path: Path, source_of_no_answer: dict[str, Path]) -> None:
    with pytest.raises(NoWorkingVariant) as caught:
        backends.choose(tmp_path / "cache", variants=[source_of_no_answer["crasher"]])
    assert caught.value.tried == ("crasher: SIGILL",)


def test_all_variants_that_run_here_agree_with_the_reference() -> None:
    reference = backends.read_reference()
    for path, score in backends.score_variants(backends.find_variants()).items():
        trial = backends.try_variant(path, score=score)
        # One that claims to run may crash (that is why there is a check), but none computes wrong.
        assert trial.outcome != "wrong", trial
        assert trial.outcome == "right" or score == 0 or trial.name == "sapphirerapids", trial
    assert len(reference.tokens) == len(reference.logprobs) >= 8


def test_only_the_asked_variant_is_loaded() -> None:
    program = (
        "import sys; from pathlib import Path; from nextword.engine import backends;"
        "backends.load_backend(Path(sys.argv[1])); import llama_cpp;"
        "print(sorted({line.split('/')[-1].strip() for line in open('/proc/self/maps') if 'ggml-cpu' in line}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, variant("sandybridge")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['libggml-cpu-sandybridge.so']"


def test_a_file_that_is_no_backend_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "libggml-cpu-none.so"
    path.write_bytes(b"")
    program = (
        "import sys; from pathlib import Path; from nextword.engine import backends;"
        "from nextword.errors import NoWorkingVariant\n"
        "try: backends.load_backend(Path(sys.argv[1]))\n"
        "except NoWorkingVariant as error: print(error.tried)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert "none: could not be loaded" in done.stdout


def test_the_shipped_model_is_small_and_mixes_the_types_people_download() -> None:
    header = read_header(resources.MODELS / "engine-check.gguf")
    assert header.file_size_bytes < 400_000
    assert {"Q4_0", "Q8_0", "Q4_K", "Q6_K"} <= {tensor.type for tensor in header.tensors}
    reference = json.loads((resources.MODELS / "engine-check.json").read_text())
    assert len(reference["prompt"]) > 32, "long enough for the kernels that work on whole batches"


def test_a_question_to_a_missing_model_fails_and_does_not_hang(tmp_path: Path) -> None:
    outcome, answer = backends.ask(variant("x64"), tmp_path / "none.gguf", Question((1, 2), 2))
    assert (outcome, answer) == ("failed", {})
