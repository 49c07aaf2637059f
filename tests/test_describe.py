"""`nextword --describe` as a person or a script runs it: a process of its own, text or JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nextword.describe import describe
from nextword.ui.description_words import description_text
from tests import models
from tests.model_templates import CHATML, FAMILIES


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nextword", "--describe", *arguments], capture_output=True, text=True, timeout=120
    )


def facts(path: Path) -> dict[str, Any]:
    done = run(str(path), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_model_file_is_described_as_json(tmp_path: Path) -> None:
    path = models.make(
        "chatml",
        tmp_path,
        n_ctx=4096,
        quantization="Q8_0",
        control_tokens=("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
        metadata={
            "general.license": "apache-2.0",
            "general.license.link": "https://example.org/licence",
            "general.finetune": "Instruct",
            "general.base_model.count": 1,
            "general.base_model.0.name": "Another 0.1M",
            "general.organization": "Somebody",
            "general.languages": ["en", "de"],
            "qwen2.attention.sliding_window": 256,
        },
    )
    said = facts(path)
    assert (said["architecture"], said["quantization"], said["trained_context_tokens"]) == ("qwen2", "Q8_0", 4096)
    assert (said["sliding_window"], said["size_bytes"]) == (256, path.stat().st_size)
    assert said["parameters"] > 50_000
    known = said["special_tokens"]
    assert said["tokens"]["fill_in_middle"] == {
        "prefix": known["<|fim_prefix|>"], "suffix": known["<|fim_suffix|>"], "middle": known["<|fim_middle|>"],
    }  # fmt: skip
    assert (said["tokens"]["type"], said["tokens"]["eos"], said["tokens"]["adds_bos"]) == (
        "bpe", known["<|im_end|>"], False,
    )  # fmt: skip
    assert said["template"]["characters"] == len(CHATML)
    assert (said["kind"], said["kind_reasons"][0]) == ("instruct", "metadata: general.finetune = Instruct")
    assert (said["licence"], said["base_models"]) == ("apache-2.0", ["Another 0.1M"])
    assert (said["organization"], said["languages"]) == ("Somebody", ["en", "de"])


def test_the_hash_of_the_template_is_the_one_that_answers_are_kept_with(tmp_path: Path) -> None:
    from nextword.engine.template import text_hash

    template = describe(models.make("gemma", tmp_path)).template
    assert template is not None
    assert template.sha256 == text_hash(FAMILIES["gemma"].template)


def test_people_get_one_fact_a_line(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, n_ctx=2048)
    done = run(str(path))
    lines = dict(line.split(":", 1) for line in done.stdout.splitlines() if not line.startswith(" "))
    said = {label: value.strip() for label, value in lines.items()}
    assert done.returncode == 0
    assert said["Architecture"] == "llama"
    assert said["Trained context"] == "2048 tokens"
    assert (said["BOS"], said["EOS"], said["A text begins with"]) == ("1 <s>", "2 </s>", "BOS")
    assert (said["Kind"], said["Chat template"]) == ("base", "none")
    assert "says “base”" in said["Why"]
    assert said["Licence"] == "the file names none"
    assert "Sliding window" not in said


def test_a_model_that_was_made_into_another_says_what_speaks_against_its_kind(tmp_path: Path) -> None:
    text = description_text(describe(models.make("llama", tmp_path, template=CHATML, file_name="x-Base.gguf")))
    assert "Against it:" in text
    assert "the file brings a chat template" in text.split("Against it:")[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<html>404</html>", "html"), (b"", "empty"), (b"GGUF\x03\0\0\0", "truncated"), (None, "missing")],
)
def test_a_bad_file_gets_the_reason_that_loading_it_gives(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    if content is not None:
        path.write_bytes(content)
    as_json = run(str(path), "--json")
    assert as_json.returncode == 1
    error = json.loads(as_json.stdout)["error"]
    assert (error["kind"], error["reason"], error["path"]) == ("ModelNotReadable", reason, str(path))


def test_a_bad_file_is_explained_to_people(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<!DOCTYPE html><html>")
    done = run(str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "page.gguf cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 3


def test_a_foreign_name_does_not_steer_the_terminal(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, metadata={"general.name": "a\x1b[31mred\nKind: b"})
    for arguments in ((), ("--json",)):
        said = run(str(path), *arguments).stdout
        assert "\x1b" not in said
        assert "\nKind: b" not in said


def test_json_loads_neither_qt_nor_llama_cpp(tmp_path: Path) -> None:
    program = (
        "import sys, nextword.__main__ as m\n"
        "m.main(['--describe', sys.argv[1], '--json'])\n"
        "print([name for name in ('PySide6', 'llama_cpp', 'numpy', 'jinja2') if name in sys.modules])"
    )
    path = models.make("gpt2", tmp_path)
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]"


def test_json_alone_is_a_mistake_that_is_told() -> None:
    done = subprocess.run([sys.executable, "-m", "nextword", "--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "--describe" in done.stderr
