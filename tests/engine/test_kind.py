"""Base and instruct models told apart, by the metadata that published files of real families carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nextword import resources
from nextword.engine.gguf_types import ValueType
from nextword.engine.header import read_header
from nextword.engine.kind import Judgement, judge_kind
from tests import models
from tests.engine.gguf_bytes import array, number, string, text
from tests.engine.gguf_bytes import gguf as make_bytes
from tests.model_templates import CHATML, FAMILIES

Value = str | int | Sequence[str]
QWEN_TOKENS = ("a", "<|endoftext|>", "<|im_start|>", "<|im_end|>")


@dataclass(frozen=True)
class Published:
    """One file: its name, what its header holds, and what it is."""

    file: str
    kind: str
    because: str  # the strongest reason
    keys: Mapping[str, Value] = field(default_factory=dict)
    architecture: str = "llama"
    template: str | None = None
    tokens: Sequence[str] = ("<unk>", "<s>", "</s>")
    eos: int = 2

    def write(self, folder: Path) -> Path:
        keys = dict(self.keys)
        pairs = [string("general.architecture", self.architecture)]
        for key, value in keys.items():
            if isinstance(value, str):
                pairs.append(string("general." + key, value))
            elif isinstance(value, int):
                pairs.append(number("general." + key, value))
            else:
                data = b"".join(map(text, value))
                pairs.append(array("general." + key, ValueType.STRING, len(value), data))
        pairs.append(string("tokenizer.ggml.model", "gpt2"))
        tokens = b"".join(map(text, self.tokens))
        pairs.append(array("tokenizer.ggml.tokens", ValueType.STRING, len(self.tokens), tokens))
        pairs.append(number("tokenizer.ggml.eos_token_id", self.eos))
        if self.template is not None:
            pairs.append(string("tokenizer.chat_template", self.template))
        path = folder / self.file
        path.write_bytes(make_bytes(pairs))
        return path


def made_from(name: str) -> dict[str, Value]:
    return {"base_model.count": 1, "base_model.0.name": name}


LLAMA = [
    Published(
        "Llama-3.2-1B.Q8_0.gguf", "base", "no_template",
        {"name": "Llama 3.2 1B", "basename": "Llama-3.2", "size_label": "1B", "license": "llama3.2",
         "tags": ["facebook", "meta", "pytorch", "llama", "llama-3", "text-generation"]},
    ),
    Published(
        "Llama-3.2-1B-Instruct-Q4_K_M.gguf", "instruct", "metadata: general.finetune = Instruct",
        {"name": "Llama 3.2 1B Instruct", "finetune": "Instruct", "basename": "Llama-3.2"},
        template=FAMILIES["llama-3"].template,
    ),
    Published(
        "Meta-Llama-3-8B-Instruct-q8_0.gguf", "instruct", "name: Instruct", {"name": "Meta-Llama-3-8B-Instruct"},
        template=FAMILIES["llama-3"].template,
    ),
    Published(
        "llama-2-7b-chat.Q4_K_M.gguf", "instruct", "file: chat", {"name": "LLaMA v2"},
    ),
    Published(
        "Llama-3-Base-8B-SFT.gguf", "instruct", "name: SFT", {"name": "Llama 3 Base 8B SFT"},
    ),
    Published(
        "tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf", "instruct", "name: chat",
        {"name": "tinyllama_tinyllama-1.1b-chat-v1.0"}, template=FAMILIES["zephyr"].template,
    ),
    Published("TinyLlama-1.1B-step-50K-105b.gguf", "base", "no_template", {"name": "models"}),
    Published(
        "SmolLM-135M-Instruct.gguf", "instruct", "metadata: general.finetune = Instruct",
        {"name": "SmolLM 135M", "finetune": "Instruct", "basename": "SmolLM", **made_from("SmolLM 135M")},
        template=CHATML, tokens=QWEN_TOKENS, eos=3,
    ),
    Published("SmolLM2-135M.gguf", "base", "no_template", {"name": "SmolLM2 135M", "basename": "SmolLM2"}),
]  # fmt: skip

QWEN = [
    Published(
        "qwen2.5-0.5b-q8_0.gguf", "base", "turn_end: <|im_end|>",
        {"name": "Qwen2.5 0.5B", "basename": "Qwen2.5", "license": "apache-2.0", "tags": ["text-generation"]},
        architecture="qwen2", template=CHATML, tokens=QWEN_TOKENS, eos=1,
    ),
    Published(
        "qwen2.5-14b.gguf", "instruct", "metadata: general.finetune = Instruct",
        {"name": "Qwen2.5 14B Instruct", "finetune": "Instruct", "tags": ["chat", "text-generation"],
         **made_from("Qwen2.5 14B")},
        architecture="qwen2", template=CHATML, tokens=QWEN_TOKENS, eos=3,
    ),
    Published(
        "model.gguf", "instruct", "metadata: general.finetune = qwen2.5-0.5b-instruct",
        {"name": "qwen2.5-0.5b-instruct", "finetune": "qwen2.5-0.5b-instruct", "version": "v0.1"},
        architecture="qwen2", template=CHATML, tokens=QWEN_TOKENS, eos=3,
    ),
    Published(
        "Qwen3-1.7B-Q8_0.gguf", "instruct", "metadata: general.base_model.0.name = Qwen3 1.7B Base",
        {"name": "Qwen3 1.7B", "basename": "Qwen3", "tags": ["text-generation"], **made_from("Qwen3 1.7B Base")},
        architecture="qwen3", template=CHATML, tokens=QWEN_TOKENS, eos=3,
    ),
    Published(
        "Qwen3-1.7B-Base.gguf", "base", "metadata: general.finetune = Base",
        {"name": "Qwen3 1.7B Base", "finetune": "Base", "basename": "Qwen3"},
        architecture="qwen3", template=CHATML, tokens=QWEN_TOKENS, eos=1,
    ),
    Published(
        "Qwen3.6-35B-A3B.gguf", "instruct", "template",
        {"name": "Qwen3.6-35B-A3B", "basename": "Qwen3.6-35B-A3B", **made_from("Qwen3.6 35B A3B")},
        architecture="qwen35moe", template=CHATML, tokens=QWEN_TOKENS, eos=3,
    ),
]  # fmt: skip

GEMMA = [
    Published("gemma-7b.gguf", "base", "no_template", {"name": "Gemma 7b", "basename": "gemma"}, "gemma"),
    Published(
        "gemma-3-1b-pt.gguf", "base", "metadata: general.finetune = pt",
        {"name": "Gemma 3 1b Pt", "finetune": "pt", "basename": "gemma-3", "size_label": "1B"}, "gemma3",
    ),
    Published(
        "google_gemma-4-31B-it-Q8_0.gguf", "instruct", "metadata: general.finetune = it",
        {"name": "Gemma 4 31B It", "finetune": "it", "basename": "gemma-4"},
        "gemma4", template=FAMILIES["gemma"].template,
    ),
    Published(
        "gemma-2b-it.gguf", "instruct", "name: it", {"name": "gemma-2b-it"},
        "gemma", template=FAMILIES["gemma"].template,
    ),
]  # fmt: skip

OTHERS = [
    Published("mistral-7b-v0.1.Q4_K_M.gguf", "base", "no_template", {"name": "mistralai_mistral-7b-v0.1"}),
    Published(
        "mistral-7b-instruct-v0.2.Q2_K.gguf", "instruct", "name: instruct",
        {"name": "mistralai_mistral-7b-instruct-v0.2"}, template=FAMILIES["mistral"].template,
    ),
    Published(
        "Phi-3.5-mini-instruct.gguf", "instruct", "metadata: general.finetune = instruct",
        {"name": "Phi 3.5 Mini Instruct", "finetune": "instruct", "basename": "Phi-3.5",
         "tags": ["nlp", "code", "text-generation"]},
        "phi3", template=FAMILIES["phi"].template,
    ),
    Published(
        "phi-4-Q4_K_M.gguf", "instruct", "metadata: general.tags = chat",
        {"name": "Phi 4", "basename": "phi", "tags": ["phi", "nlp", "math", "code", "chat", "conversational"]},
        "phi3", template=CHATML, tokens=QWEN_TOKENS, eos=1,
    ),
    Published("phi-2.Q4_K_M.gguf", "base", "no_template", {"name": "Phi2"}, "phi2"),
    Published("falcon-7b.gguf", "base", "no_template", {"name": "Falcon"}, "falcon"),
    Published("falcon-7b-instruct.Q4_0.gguf", "instruct", "file: instruct", {"name": "Falcon"}, "falcon"),
    Published("OLMo-2-1124-7B.gguf", "base", "no_template", {"name": "OLMo 2 1124 7B"}, "olmo2"),
    Published(
        "OLMo-2-1124-7B-Instruct.gguf", "instruct", "metadata: general.finetune = Instruct",
        {"name": "OLMo 2 1124 7B Instruct", "finetune": "Instruct", **made_from("OLMo 2 1124 7B DPO")},
        "olmo2", template=FAMILIES["zephyr"].template,
    ),
    Published(
        "granite-3.0-8B-instruct-F16.gguf", "instruct", "metadata: general.finetune = instruct",
        {"name": "Granite 3.0 8b Instruct", "finetune": "instruct", "tags": ["language", "granite-3.0"]}, "granite",
    ),
]  # fmt: skip

NO_WORDS = [
    Published("Nitro-8B.gguf", "instruct", "template", {"name": "Nitro 8B"}, template=CHATML),
    Published("Nitro-8B-plain.gguf", "base", "no_template", {"name": "Italia Bit 8B"}),
    Published("Database-7B.gguf", "base", "no_template", {"name": "Chatty Instructor 7B"}),
    Published("Gervasio-7B-pt.gguf", "instruct", "template", {"name": "Gervasio 7B pt"}, template=CHATML),
    Published("it-7B.gguf", "base", "no_template", {"name": "It"}),
]


@pytest.mark.parametrize("published", [*LLAMA, *QWEN, *GEMMA, *OTHERS], ids=lambda p: p.file)
def test_published_models_are_told_apart_and_the_reason_is_given(published: Published, tmp_path: Path) -> None:
    judged = judge_kind(read_header(published.write(tmp_path)))
    assert (judged.kind, judged.reasons[0]) == (published.kind, published.because)


@pytest.mark.parametrize("published", NO_WORDS, ids=lambda p: p.file)
def test_a_word_counts_only_as_a_whole_and_where_it_means_that(published: Published, tmp_path: Path) -> None:
    judged = judge_kind(read_header(published.write(tmp_path)))
    assert judged == Judgement(published.kind, (published.because,))


def test_what_speaks_against_is_told_too(tmp_path: Path) -> None:
    base = next(model for model in QWEN if model.file == "Qwen3-1.7B-Base.gguf")
    judged = judge_kind(read_header(base.write(tmp_path)))
    assert judged.reasons == (
        "metadata: general.finetune = Base", "name: Base", "file: Base", "turn_end: <|im_end|>",
    )  # fmt: skip
    assert judged.against == ("template",)
    untemplated = next(model for model in LLAMA if model.because == "file: chat")
    assert judge_kind(read_header(untemplated.write(tmp_path))).against == ("no_template",)


def test_a_long_value_is_quoted_in_part(tmp_path: Path) -> None:
    path = Published("a.gguf", "instruct", "", {"finetune": "chat " + "x" * 5000}).write(tmp_path)
    assert len(judge_kind(read_header(path)).reasons[0]) < 100


def test_the_starters_are_what_their_names_say() -> None:
    base = judge_kind(read_header(resources.STARTER_BASE))
    assert base == Judgement("base", ("metadata: general.finetune = base", "name: base", "file: base", "no_template"))
    instruct = judge_kind(read_header(resources.STARTER_INSTRUCT))
    assert instruct.kind == "instruct"
    assert not instruct.against


@pytest.mark.parametrize("kind", [*models.KINDS, "mamba"])
def test_a_test_model_is_base_and_with_a_template_instruct(kind: str, tmp_path: Path) -> None:
    plain = models.make(kind, tmp_path, file_name="model.gguf")
    chatty = models.make(kind, tmp_path, template=CHATML, file_name="another.gguf")
    assert judge_kind(read_header(plain)) == Judgement("base", ("no_template",))
    assert judge_kind(read_header(chatty)) == Judgement("instruct", ("template",))
