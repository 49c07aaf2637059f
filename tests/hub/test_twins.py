"""The instruct model that belongs to a base model is found by their names."""

from __future__ import annotations

import dataclasses

import pytest

from nextword.hub.hub_records import HubModel
from nextword.hub.library import LibraryModel
from nextword.hub.twins import hub_twins, instruct_twin, kind_of_hub_model, twin_of, twin_query


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


def test_a_base_model_is_the_twin_of_its_instruct_model() -> None:
    base, chat = model("Qwen2.5-0.5B", "base"), model("Qwen2.5-0.5B-Instruct")
    assert twin_of(chat, [chat, base]) is base
    assert twin_of(base, [chat, base]) is chat


def test_a_model_of_another_name_is_found_by_what_it_was_made_from() -> None:
    base = model("SmolLM2 360M", "base")
    tuned = dataclasses.replace(model("Storyteller 7"), base_models=("HuggingFaceTB/SmolLM2-360M",))
    assert twin_of(tuned, [base]) is base
    assert twin_of(base, [tuned]) is tuned


@pytest.mark.parametrize(
    ("hub_model", "kind"),
    [
        (HubModel("a/Llama-3.2-1B-Instruct-GGUF"), "instruct"),
        (HubModel("a/Qwen3-0.6B-Base-GGUF", has_template=True), "base"),
        (HubModel("a/gemma-3-270m-it-GGUF"), "instruct"),
        (HubModel("a/Llama-3.2-1B-GGUF", architecture="llama"), "base"),
        (HubModel("a/Qwen3-0.6B-GGUF", architecture="qwen3", has_template=True), "instruct"),
        (HubModel("a/Mystery"), None),
    ],
)
def test_the_kind_of_a_model_at_the_hub(hub_model: HubModel, kind: str | None) -> None:
    assert kind_of_hub_model(hub_model) == kind


def test_twins_at_the_hub_are_of_the_other_kind_and_the_most_used_first() -> None:
    found = [
        HubModel("a/Qwen2.5-0.5B-Instruct-GGUF", downloads=5),
        HubModel("b/Qwen2.5-0.5B-Instruct-i1-GGUF", downloads=9),
        HubModel("c/Qwen2.5-0.5B-GGUF", architecture="qwen2", downloads=100),
        HubModel("d/Qwen2.5-1.5B-Instruct-GGUF", downloads=1000),
    ]
    assert twin_query("Qwen/Qwen2.5-0.5B-Q4_K_M-GGUF") == "Qwen2.5-0.5B"
    assert twin_query("a/Mistral-7B-Instruct-v0.2-GGUF") == "Mistral-7B"
    assert twin_query("Tiny 1B") == "Tiny-1B"
    assert [twin.repo for twin in hub_twins("c/Qwen2.5-0.5B-GGUF", "base", found)] == [found[1].repo, found[0].repo]
    assert [twin.repo for twin in hub_twins("x/Qwen2.5-0.5B-Instruct", "instruct", found)] == [found[2].repo]


def test_what_models_were_made_from_tells_twins_that_are_named_otherwise() -> None:
    base = HubModel("a/Pico-2B-GGUF", architecture="llama", downloads=1)
    named = HubModel("b/b_Pico-2B-GGUF", architecture="llama", downloads=9, base_models=("b/Pico-2B",))
    other = HubModel("c/Nano-2B-GGUF", architecture="llama", downloads=99, base_models=("c/Nano-2B",))
    found = (other, named, base)
    asked = "x/maker_Pico-2B-it-GGUF"
    assert hub_twins(asked, "instruct", found) == ()
    assert hub_twins(asked, "instruct", found, ("maker/Pico-2B-it",)) == (named, base)
    assert hub_twins("x/Pico-2B-it", "instruct", found) == (base, named)  # the same name goes before
