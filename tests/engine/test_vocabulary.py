"""The rules of a model's tokens, read from its file and asked of llama.cpp: both say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from nextword.engine.gguf_vocabulary import describe_vocabulary
from nextword.engine.header import Header, read_header
from nextword.engine.native_log import NativeLog
from nextword.engine.replies import VocabularyInfo
from nextword.engine.token_names import KNOWN
from tests import models
from tests.model_templates import FAMILIES

FIM_KEYS = {
    "prefix": "tokenizer.ggml.fim_pre_token_id",
    "suffix": "tokenizer.ggml.fim_suf_token_id",
    "middle": "tokenizer.ggml.fim_mid_token_id",
    "pad": "tokenizer.ggml.fim_pad_token_id",
    "repository": "tokenizer.ggml.fim_rep_token_id",
    "separator": "tokenizer.ggml.fim_sep_token_id",
}
QWEN_CODER = {
    "prefix": "<|fim_prefix|>",
    "suffix": "<|fim_suffix|>",
    "middle": "<|fim_middle|>",
    "pad": "<|fim_pad|>",
    "repository": "<|repo_name|>",
    "separator": "<|file_sep|>",
}
Ask = Callable[[Path], VocabularyInfo]


@pytest.fixture
def ask_llama(native_log: NativeLog) -> Iterator[Ask]:
    """Asks llama.cpp for the rules of a file's vocabulary; nothing but the vocabulary is loaded."""
    import llama_cpp

    from nextword.engine.vocabulary import Vocabulary

    native_log.clear()
    with ExitStack() as stack:

        def ask(path: Path) -> VocabularyInfo:
            parameters = llama_cpp.llama_model_default_params()
            parameters.vocab_only = True
            model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
            assert model, native_log.reasons()
            stack.callback(llama_cpp.llama_model_free, model)
            return Vocabulary(llama_cpp.llama_model_get_vocab(model)).describe(read_header(path))

        yield ask


def tokens_of(path: Path) -> Mapping[str, int]:
    return read_header(path).special_tokens


@pytest.mark.parametrize("kind", [*models.KINDS, "mamba", *FAMILIES])
def test_file_and_llama_cpp_agree_on_every_test_model(kind: str, ask_llama: Ask, tmp_path: Path) -> None:
    path = models.make(kind, tmp_path)
    rules = describe_vocabulary(read_header(path))
    assert rules == ask_llama(path)
    assert rules.type == ("spm" if read_header(path).text("tokenizer.ggml.model") == "llama" else "bpe")


@pytest.mark.parametrize("stated", [False, True])
def test_the_tokens_for_gaps_are_found_by_key_and_by_name(stated: bool, ask_llama: Ask, tmp_path: Path) -> None:
    keys = {FIM_KEYS[role]: name for role, name in QWEN_CODER.items()} if stated else {}
    path = models.make("qwen2", tmp_path, control_tokens=tuple(QWEN_CODER.values()), token_keys=keys)
    rules = describe_vocabulary(read_header(path))
    assert rules.fill_in_middle == {role: tokens_of(path)[name] for role, name in QWEN_CODER.items()}
    assert rules == ask_llama(path)


def test_keys_name_tokens_that_no_name_tells(ask_llama: Ask, tmp_path: Path) -> None:
    names = ("<gap-a>", "<gap-b>", "<gap-c>")
    keys = dict(zip((FIM_KEYS["prefix"], FIM_KEYS["suffix"], "tokenizer.ggml.middle_token_id"), names, strict=True))
    path = models.make("llama", tmp_path, control_tokens=names, token_keys=keys)
    rules = describe_vocabulary(read_header(path))
    size = read_header(path).vocabulary_size
    assert rules.fill_in_middle == {"prefix": size - 3, "suffix": size - 2, "middle": size - 1}
    assert rules == ask_llama(path)


def test_of_several_names_the_one_that_ends_turns_is_taken_unless_a_key_says_otherwise(
    ask_llama: Ask, tmp_path: Path
) -> None:
    ends = ("<|im_end|>", "<|eot_id|>", "<|end|>")
    path = models.make("qwen2", tmp_path, control_tokens=ends)
    assert describe_vocabulary(read_header(path)).eot == tokens_of(path)["<|eot_id|>"]
    assert describe_vocabulary(read_header(path)) == ask_llama(path)
    keys = {"tokenizer.ggml.eot_token_id": "<|end|>"}
    path = models.make("qwen2", tmp_path, control_tokens=ends, token_keys=keys, file_name="stated.gguf")
    assert describe_vocabulary(read_header(path)).eot == tokens_of(path)["<|end|>"]
    assert describe_vocabulary(read_header(path)) == ask_llama(path)


def test_whether_a_text_begins_and_ends_with_special_tokens_is_the_files_word(ask_llama: Ask, tmp_path: Path) -> None:
    keys = {"tokenizer.ggml.add_bos_token": False, "tokenizer.ggml.add_eos_token": True}
    path = models.make("llama", tmp_path, metadata=keys)
    rules = describe_vocabulary(read_header(path))
    assert (rules.adds_bos, rules.adds_eos) == (False, True)
    assert rules == ask_llama(path)


def test_a_special_token_outside_of_the_vocabulary_is_none(ask_llama: Ask, tmp_path: Path) -> None:
    keys = {"tokenizer.ggml.bos_token_id": 1 << 20, "tokenizer.ggml.eot_token_id": 1 << 20}
    path = models.make("qwen2", tmp_path, metadata=keys)
    rules = describe_vocabulary(read_header(path))
    assert rules == ask_llama(path)
    assert rules.bos == 11  # what llama.cpp takes for byte BPE when the file names no token of its vocabulary


@pytest.mark.parametrize(
    ("pre", "adds"), [("llama-bpe", True), ("tekken", True), ("qwen2", False), ("smollm", False), ("glm4", False)]
)
def test_without_a_key_the_pre_tokenizer_decides_on_bos(pre: str, adds: bool, ask_llama: Ask, tmp_path: Path) -> None:
    path = models.make("qwen2", tmp_path, metadata={"tokenizer.ggml.pre": pre})
    header = read_header(path)
    llama = ask_llama(_without_keys(path, "tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id"))
    missing = {"tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id"}
    bare = {key: value for key, value in header.metadata.items() if key not in missing}
    rules = describe_vocabulary(replace(header, metadata=MappingProxyType(bare)))
    assert rules.adds_bos is adds
    assert rules == llama


def test_special_tokens_are_found_in_a_vocabulary_that_is_not_kept(tmp_path: Path) -> None:
    names = sorted(KNOWN - {"</s>", "<s>"})
    path = models.make("llama", tmp_path, control_tokens=tuple(names))
    header = read_header(path)
    assert header.vocabulary_size > 64 + len(names)
    first = header.vocabulary_size - len(names)
    assert header.special_tokens == {"<s>": 1, "</s>": 2} | {name: first + at for at, name in enumerate(names)}


def _without_keys(path: Path, *keys: str) -> Path:
    """Write the file again with those keys under names that nobody reads."""
    data = path.read_bytes()
    for key in keys:
        assert data.count(key.encode()) == 1
        data = data.replace(key.encode(), key.replace("tokenizer", "forgotten").encode())
    path.write_bytes(data)
    return path


def test_a_model_without_a_vocabulary_has_no_rules() -> None:
    from nextword import resources

    header: Header = read_header(resources.MODELS / "engine-check.gguf")
    assert describe_vocabulary(header) == VocabularyInfo()
    assert header.vocabulary_size == 256
