"""A vocabulary as it is: all of its tokens, and a model's vocabulary without its weights, which is opened at once."""

from __future__ import annotations

from collections.abc import Callable

import llama_cpp

from nextword.engine import protocol, template
from nextword.engine.header import Header
from nextword.engine.kind import judge_kind
from nextword.engine.native_log import NativeLog
from nextword.engine.opened import Host
from nextword.engine.prompt import PromptBuilder
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import ModelLoadFailed, ModelNotReadable

_PART_TOKENS = 16_384
_PART_BYTES = 2 << 20  # of one message, which keeps it far below the largest frame
_TEXT_TOKENS = 4096  # how long templates may get; only plain text is tokenized here


class BareVocabulary:
    """Raises ModelLoadFailed, or ModelNotReadable for a model without a vocabulary."""

    def __init__(self, header: Header, log: NativeLog, render: Callable[[template.Job], str]) -> None:
        log.clear()
        self._header = header
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.vocab_only = True
        self._model = llama_cpp.llama_model_load_from_file(bytes(header.path), parameters)
        if not self._model:
            raise ModelLoadFailed(str(header.path), log.reasons())
        handle = llama_cpp.llama_model_get_vocab(self._model)
        if llama_cpp.llama_vocab_type(handle) == llama_cpp.LLAMA_VOCAB_TYPE_NONE:
            # llama.cpp ends the process when a text is given to such a model.
            raise ModelNotReadable(str(header.path), "missing_key", "tokenizer.ggml.model")
        self.vocabulary = Vocabulary(handle)
        self.builder = PromptBuilder(self.vocabulary, None, _TEXT_TOKENS, render)

    def describe(self, path: str) -> protocol.ModelInfo:
        """Return what the file says of the model; it has no context and no template in use."""
        header, judged = self._header, judge_kind(self._header)
        return protocol.ModelInfo(
            path=path,
            name=header.name,
            architecture=header.architecture,
            quantization=header.quantization,
            kind=judged.kind,
            size_bytes=header.file_size_bytes,
            parameters=header.parameter_count,
            vocabulary=self.vocabulary.size,
            context_tokens=0,
            trained_context_tokens=header.context_tokens or 0,
            has_bos=self.vocabulary.add_bos,
            template_hash="",
            kind_reasons=judged.reasons,
            tokens=self.vocabulary.describe(header),
        )


def send_vocabulary(host: Host, job: int, vocabulary: Vocabulary) -> None:
    """Send every token, in parts."""
    texts: list[bytes] = []
    kinds = bytearray()
    first = size_bytes = 0
    for token in range(vocabulary.size):
        text = vocabulary.piece(token)
        if texts and (len(texts) >= _PART_TOKENS or size_bytes + len(text) > _PART_BYTES):
            host.send(protocol.VocabularyPart(job, first, tuple(texts), bytes(kinds)))
            first, size_bytes = token, 0
            texts.clear()
            kinds.clear()
        texts.append(text)
        kinds.append(vocabulary.kind(token))
        size_bytes += len(text)
    host.send(protocol.VocabularyPart(job, first, tuple(texts), bytes(kinds)))
    ends = tuple(token for token in range(vocabulary.size) if vocabulary.is_end(token))
    host.send(protocol.VocabularyListed(job, vocabulary.size, ends, vocabulary.suppressed))
