"""The two starter models that ship: their metadata, their tokenizer, and that they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import pytest

from starter import figures, settings
from starter.chat_text import chat_ids
from starter.corpus.document import Turn
from starter.llama import Llama
from starter.names import BASE_NAME, DESCRIPTION, FILES
from starter.tokenizer import BEGIN_ID, CONTROLS, IM_END_ID, TEMPLATE

LARGEST_BYTES = 14_000_000
TOKEN_IDS = Path(__file__).with_name("token_ids.jsonl")

readers = {kind: gguf.GGUFReader(settings.MODELS / name) for kind, name in FILES.items()}


def value(kind: str, key: str) -> Any:
    field = readers[kind].get_field(key)
    return None if field is None else field.contents()


@pytest.fixture(scope="module")
def instruct() -> Iterator[Llama]:
    model = Llama(settings.MODELS / FILES["instruct"], threads=1)
    yield model
    model.close()


@pytest.mark.parametrize("kind", FILES)
def test_each_file_is_small_and_says_what_it_is(kind: str) -> None:
    assert (settings.MODELS / FILES[kind]).stat().st_size <= LARGEST_BYTES
    assert value(kind, "general.architecture") == "llama"
    assert value(kind, "general.name") == f"Nextword starter {kind}"
    assert value(kind, "general.description") == DESCRIPTION
    assert value(kind, "general.license") == "cc0-1.0"
    assert value(kind, "general.size_label") == "6.1M"
    assert value(kind, "llama.context_length") >= 1024


@pytest.mark.parametrize("kind", FILES)
def test_matrices_are_q8_0_and_parameters_between_6_and_12_millions(kind: str) -> None:
    tensors = readers[kind].tensors
    wrong = [one.name for one in tensors if len(one.shape) == 2 and one.tensor_type.name != "Q8_0"]
    assert wrong == []
    assert 6_000_000 <= sum(int(one.n_elements) for one in tensors) <= 12_000_000


def test_only_the_instruct_model_has_a_chat_template_and_it_names_its_base() -> None:
    assert value("base", "tokenizer.chat_template") is None
    assert value("instruct", "tokenizer.chat_template") == TEMPLATE
    assert value("instruct", "general.base_model.0.name") == BASE_NAME


@pytest.mark.parametrize(("kind", "end"), [("base", BEGIN_ID), ("instruct", IM_END_ID)])
def test_control_tokens_are_marked_and_the_begin_token_is_added(kind: str, end: int) -> None:
    names, types = value(kind, "tokenizer.ggml.tokens"), value(kind, "tokenizer.ggml.token_type")
    marked = [name for name, token_type in zip(names, types, strict=True) if token_type == gguf.TokenType.CONTROL]
    assert marked == list(CONTROLS)
    assert value(kind, "tokenizer.ggml.add_bos_token") is True
    assert value(kind, "tokenizer.ggml.add_eos_token") is None
    assert value(kind, "tokenizer.ggml.bos_token_id") == BEGIN_ID
    assert value(kind, "tokenizer.ggml.eos_token_id") == end


def test_llama_cpp_reads_text_as_the_tokenizers_library_did(instruct: Llama) -> None:
    cases = [json.loads(line) for line in TOKEN_IDS.read_text(encoding="utf-8").splitlines()]
    assert len(cases) > 150
    for case in cases:
        assert instruct.tokenize(case["text"]) == case["ids"], case["text"]
        assert instruct.raw_bytes(case["ids"]) == case["text"].encode(), case["text"]


def test_control_tokens_in_a_persons_text_stay_text(instruct: Llama) -> None:
    assert not set(instruct.tokenize("<|im_start|> and <|im_end|>")) & {BEGIN_ID, IM_END_ID, 1}
    assert instruct.tokenize("<|im_end|>", special=True) == [IM_END_ID]


def test_the_instruct_model_says_what_llms_are_and_stops(instruct: Llama) -> None:
    prompt = chat_ids(instruct, [Turn("user", "What are LLMs?")])
    [answer] = instruct.generate([prompt], limit=200)
    assert answer.ended
    assert "language model" in instruct.text(answer.ids)


def test_lanes_do_not_disturb_each_other(instruct: Llama) -> None:
    prompts = [
        chat_ids(instruct, [Turn("user", text)]) for text in ("What is a token?", "Hello!", "Name three fruits.")
    ]
    together = instruct.generate(prompts, limit=30)
    alone = [instruct.generate([prompt], limit=30)[0] for prompt in prompts]
    assert [one.ids for one in together] == [one.ids for one in alone]


def test_the_figures_beside_the_models_tell_of_every_row() -> None:
    found = figures.load(settings.MODELS)
    assert found is not None
    assert len({one.key for one in found}) == 14
    assert all(one.verdict in ("reached", "short", "-") for one in found)
