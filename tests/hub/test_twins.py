"""The instruct model that belongs to a base model is found by their names."""

from __future__ import annotations

import pytest

from nextword.hub.library import LibraryModel
from nextword.hub.twins import instruct_twin


def model(name: str, kind: str = "instruct", file: str = "") -> LibraryModel:
    return LibraryModel(f"/models/{file or name}.gguf", name=name, kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("base", "instruct"),
    [
        ("Nextword starter (base)", "Nextword starter (instruct)"),
        ("SmolLM2 135M", "SmolLM2 135M Instruct"),
        ("Qwen2.5-0.5B", "Qwen2.5-0.5B-Instruct"),
        ("gemma-3-270m-pt", "gemma-3-270m-it"),
        ("Qwen3 0.6B Base", "Qwen3 0.6B"),
        ("Llama-3.2-1B-Q4_K_M", "Llama-3.2-1B-Instruct-Q8_0"),
    ],
)
def test_a_twin_is_found_whatever_its_kind_is_called(base: str, instruct: str) -> None:
    others = [model("Another 135M Instruct"), model(instruct)]
    found = instruct_twin(model(base, "base"), others)
    assert found is others[1]


@pytest.mark.parametrize(
    "name", ["SmolLM2 360M Instruct", "SmolLM 135M Instruct", "Qwen2.5-1.5B-Instruct", "Qwen2-0.5B-Instruct"]
)
def test_another_size_or_family_is_no_twin(name: str) -> None:
    assert instruct_twin(model("SmolLM2 135M", "base"), [model(name)]) is None
    assert instruct_twin(model("Qwen2.5-0.5B", "base"), [model(name)]) is None
    assert instruct_twin(model("gemma-3-1b-pt", "base"), [model("gemma-2-1b-it")]) is None


def test_another_copy_of_the_base_model_is_no_twin() -> None:
    base = model("SmolLM2 135M", "base")
    assert instruct_twin(base, [base, model("SmolLM2 135M", "base", "copy")]) is None


def test_a_file_without_a_name_goes_by_its_file_name() -> None:
    twin = model("", file="tiny-chat")
    assert instruct_twin(model("", "base", "tiny-base"), [twin]) is twin
