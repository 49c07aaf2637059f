"""llama.cpp through its low-level calls: load a file, evaluate tokens, read logits, forget.

One model, one context. Sequence 0 is the conversation: what it holds is known here token by token, so that a prompt
that begins like the last one is not evaluated again. The other sequences belong to whoever uses them (lanes.py,
continuations.py), who drops them when done.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from nextword.engine.batch import Batch
from nextword.engine.cores import generation_threads, usable_cores
from nextword.engine.header import Header
from nextword.engine.memory_plan import (
    BATCH_TOKENS,
    COMPUTE_TOKENS,
    OUTPUT_TOKENS,
    SEQUENCES,
    keeps_single_precision,
    wanted_context,
)
from nextword.engine.native_log import NativeLog
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import EngineFault, ModelLoadFailed, ModelNotReadable, OutOfMemory

CONVERSATION = 0  # the sequence
_SPEED_TOKENS = 32  # a batch so large says how fast prompts are read
_ABORTED = 2  # what llama_decode returns
# The same function as llama_cpp has it, called without giving up the interpreter's lock and taking it again.
_LOGITS_AT = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32)(
    ctypes.cast(llama_cpp.llama_get_logits_ith, ctypes.c_void_p).value or 0
)
_NO_MEMORY = ("failed to allocate", "unable to allocate", "cannot allocate memory", "bad_alloc", "out of memory")


class Interrupted(Exception):
    """The evaluation was ended by `Model.interrupt`; the tokens of that batch are forgotten."""


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many ids two sequences have in common at their beginning."""
    limit = min(len(one), len(other))
    low, step = 0, 256
    while low < limit and one[low : low + step] == other[low : low + step]:  # lists are compared in C
        low += step
    low = min(low, limit)
    while low < limit and one[low] == other[low]:
        low += 1
    return low


class _Switch:
    """A flag that llama.cpp looks at between two operations of a computation.

    The callback is the C function strlen on a buffer: 0 for an empty text, 1 when the flag is set. A Python
    callback would take the interpreter's lock some hundred times a token.
    """

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(64)
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self.callback = ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)
        self.data = ctypes.cast(self._flag, ctypes.c_void_p)

    def set(self, on: bool) -> None:
        self._flag[0] = b"\x01" if on else b"\x00"


class Model:
    """A loaded model. Its methods belong to one thread, `interrupt` to any.

    Raises from the constructor ModelLoadFailed, ModelNotReadable (an architecture that cannot write text) or
    OutOfMemory. progress: called with 0 to 1 while the file is read.
    """

    def __init__(
        self,
        header: Header,
        log: NativeLog,
        *,
        context_tokens: int = 0,
        threads: int = 0,
        progress: Callable[[float], None],
    ) -> None:
        self._log = log
        self._header = header
        self._switch = _Switch()
        self.known: list[int] = []
        """What the conversation's sequence holds."""
        self.read_speed = 0.0
        """Tokens per second, of the last large batch; 0 before there was one."""
        self._context: Any = None
        log.clear()
        self._model = self._load(progress)
        try:
            self._check_kind()
            recurrent = llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
            self.shares_prefixes = not recurrent
            self.sequences = SEQUENCES if self.shares_prefixes else 1
            self.trained_context_tokens: int = llama_cpp.llama_model_n_ctx_train(self._model)
            self._context = self._make_context(context_tokens, threads)
        except BaseException:
            self.close()
            raise
        self._memory = llama_cpp.llama_get_memory(self._context)
        # llama.cpp rounds up; beyond what the model was trained for, absolute positions would not exist.
        self.context_tokens = min(llama_cpp.llama_n_ctx(self._context), self._wanted_context(context_tokens))
        self.memory_tokens: int = llama_cpp.llama_n_ctx(self._context)
        """Room for the tokens of all sequences together; what they share counts once."""
        self.batch_tokens: int = min(BATCH_TOKENS, llama_cpp.llama_n_batch(self._context))
        self.output_tokens = min(OUTPUT_TOKENS, self.batch_tokens)
        self.sliding_window: int = llama_cpp.llama_model_n_swa(self._model)
        self.parameters: int = llama_cpp.llama_model_n_params(self._model)
        self.weights_bytes: int = llama_cpp.llama_model_size(self._model)
        self.vocabulary = Vocabulary(llama_cpp.llama_model_get_vocab(self._model))
        self._rows: dict[int, NDArray[np.float32]] = {}  # by address: making one takes longer than looking at it
        self._batch = Batch(BATCH_TOKENS, self.sequences)
        if not self._memory:
            self.close()
            raise ModelNotReadable(str(header.path), "unknown_architecture", header.architecture)

    @property
    def chat_template(self) -> str | None:
        """The template that the file brings, None for a base model."""
        text = llama_cpp.llama_model_chat_template(self._model, None)
        return text.decode("utf-8", "replace") if text else None

    def close(self) -> None:
        """Give everything back; the object is of no use afterwards."""
        if self._context is not None:
            llama_cpp.llama_free(self._context)
            self._context = None
        if self._model is not None:
            llama_cpp.llama_model_free(self._model)
            self._model = None

    # --- evaluation -----------------------------------------------------------------------------------------

    def decode(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        sequences: Sequence[Sequence[int]],
        outputs: Sequence[bool],
    ) -> None:
        """Evaluate one batch: at most `batch_tokens`, of which `output_tokens` have outputs, that is logits.

        sequences: those each token belongs to; it is evaluated once and seen by all. Keeps no books of what the
        sequences hold. Raises Interrupted, OutOfMemory or EngineFault; what the memory then holds of the batch is
        for the caller to drop.
        """
        self._batch.fill(tokens, positions, sequences, outputs)
        began = time.monotonic()
        code = llama_cpp.llama_decode(self._context, self._batch.native)
        if code == 0:
            if len(tokens) >= _SPEED_TOKENS:
                self.read_speed = len(tokens) / max(time.monotonic() - began, 1e-9)
            return
        if code == _ABORTED:
            raise Interrupted
        if self._log_says_no_memory():
            raise OutOfMemory(log=self._log.reasons())
        raise EngineFault(detail=f"llama_decode returned {code}")

    def row(self, index: int = -1) -> NDArray[np.float32]:
        """Return the logits, shape (n_vocab,), of one token of the last batch; valid until the next. -1: the last."""
        address = _LOGITS_AT(self._context, index)
        if not address:
            raise EngineFault(detail=f"no logits at {index}")
        row = self._rows.get(address)
        if row is None:
            pointer = ctypes.cast(address, ctypes.POINTER(ctypes.c_float))
            row = self._rows[address] = np.ctypeslib.as_array(pointer, shape=(self.vocabulary.size,))
        return row

    def interrupt(self, on: bool) -> None:
        """Make a running or the next evaluation raise Interrupted, until called with False. Any thread."""
        self._switch.set(on)

    # --- the conversation -----------------------------------------------------------------------------------

    def keep_prefix(self, ids: Sequence[int]) -> int:
        """Forget what differs from `ids` and return how many tokens of it are still known.

        The last token of `ids` is never among them: its logits are wanted, so it has to be evaluated.
        """
        self.forget_from(min(common_prefix(self.known, ids), len(ids) - 1))
        return len(self.known)

    def feed(self, ids: Sequence[int], *, every: bool = False) -> None:
        """Evaluate `ids` after what is known; at most `batch_tokens`, or `output_tokens` with `every`.

        every: keep the logits of each position, not of the last alone. Raises as `decode`; then they are forgotten.
        """
        count, start = len(ids), len(self.known)
        outputs = [True] * count if every else [False] * (count - 1) + [True]
        try:
            self.decode(ids, range(start, start + count), [(CONVERSATION,)] * count, outputs)
        except BaseException:
            self.forget_from(start, force=True)
            raise
        self.known.extend(ids)

    def logits(self, index: int = -1) -> NDArray[np.float32]:
        """Return a copy of `row`."""
        return self.row(index).copy()

    def forget_from(self, position: int, *, force: bool = False) -> None:
        """Forget the conversation from `position` on. force: the context may hold more than is known here."""
        if position == len(self.known) and not force:
            return
        if llama_cpp.llama_memory_seq_rm(self._memory, CONVERSATION, position, -1):
            del self.known[position:]
        else:  # recurrent models have one state for all that was read and cannot go back within it
            self.forget_all()

    def forget_all(self) -> None:
        """Empty the memory of every sequence."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self.known.clear()

    # --- the other sequences --------------------------------------------------------------------------------

    def copy_sequence(self, source: int, target: int, start: int = 0, end: int = -1) -> None:
        """Let `target` have the positions start to end (-1: all) of `source` too; nothing is copied in memory."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, start, end)

    def drop_sequence(self, sequence: int, start: int = 0) -> None:
        """Forget what only this sequence has, from position `start` on."""
        if not llama_cpp.llama_memory_seq_rm(self._memory, sequence, start, -1):
            self.forget_all()

    # --- snapshots ------------------------------------------------------------------------------------------

    def state(self) -> bytearray:
        """Return the memory of the conversation as llama.cpp writes it."""
        size = llama_cpp.llama_state_seq_get_size(self._context, CONVERSATION)
        data = bytearray(size)
        view = (ctypes.c_uint8 * size).from_buffer(data)
        written = llama_cpp.llama_state_seq_get_data(self._context, view, size, CONVERSATION)
        del view  # a bytearray that is looked at cannot be cut
        del data[written:]
        return data

    def restore(self, data: bytearray, ids: Sequence[int]) -> bool:
        """Put back what `state` returned for the conversation `ids`; False, and nothing known, if it is refused."""
        self.forget_all()
        view = (ctypes.c_uint8 * len(data)).from_buffer(data)
        if not llama_cpp.llama_state_seq_set_data(self._context, view, len(data), CONVERSATION):
            self.forget_all()
            return False
        self.known.extend(ids)
        return True

    # --- loading --------------------------------------------------------------------------------------------

    def _load(self, progress: Callable[[float], None]) -> Any:
        def on_progress(fraction: float, _data: object) -> bool:
            progress(fraction)
            return True

        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP
        parameters.check_tensors = True
        parameters.progress_callback = llama_cpp.llama_progress_callback(on_progress)
        model = llama_cpp.llama_model_load_from_file(bytes(self._header.path), parameters)
        if not model:
            raise self._load_error()
        return model

    def _load_error(self) -> Exception:
        path = str(self._header.path)
        if self._log_says_no_memory():
            return OutOfMemory(self._header.file_size_bytes, self._log.reasons())
        if any("unknown model architecture" in line for line in self._log.lines()):
            return ModelNotReadable(path, "unknown_architecture", self._header.architecture)
        return ModelLoadFailed(path, self._log.reasons())

    def _check_kind(self) -> None:
        """Refuse what has no next word: encoders and models that fill in noise."""
        model = self._model
        if (
            not llama_cpp.llama_model_has_decoder(model)
            or llama_cpp.llama_model_has_encoder(model)
            or llama_cpp.llama_model_is_diffusion(model)
        ):
            raise ModelNotReadable(str(self._header.path), "unknown_architecture", self._header.architecture)
        if llama_cpp.llama_vocab_type(llama_cpp.llama_model_get_vocab(model)) == llama_cpp.LLAMA_VOCAB_TYPE_NONE:
            # llama.cpp ends the process when a text is given to such a model.
            raise ModelNotReadable(str(self._header.path), "missing_key", "tokenizer.ggml.model")

    def _make_context(self, context_tokens: int, threads: int) -> Any:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = self._wanted_context(context_tokens)
        parameters.n_batch = BATCH_TOKENS
        parameters.n_ubatch = COMPUTE_TOKENS  # a prompt of 512 tokens takes 4.5 % less time than with 512
        parameters.n_outputs_max = parameters.n_outputs_max_per_seq = OUTPUT_TOKENS
        parameters.n_seq_max = self.sequences
        parameters.kv_unified = True  # one memory for all sequences, in which they share what they have in common
        parameters.n_threads = self.threads = threads or generation_threads(self._header.file_size_bytes)
        parameters.n_threads_batch = threads or usable_cores()
        parameters.no_perf = True
        # Flash attention rounds to half precision on the way: the same text read in one batch or token by token
        # differed by 0.015 nats, without it by 0.0003, and with single precision in the memory by 0.000004.
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        if keeps_single_precision(self._memory_row(), llama_cpp.llama_model_n_layer(self._model), parameters.n_ctx):
            parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F32
        self.memory_type = "F32" if parameters.type_k == llama_cpp.GGML_TYPE_F32 else "F16"
        parameters.abort_callback = self._switch.callback
        parameters.abort_callback_data = self._switch.data
        context = llama_cpp.llama_init_from_model(self._model, parameters)
        if context:
            return context
        if self._log_says_no_memory():
            raise OutOfMemory(self._header.file_size_bytes + self._memory_bytes(parameters.n_ctx), self._log.reasons())
        raise ModelLoadFailed(str(self._header.path), self._log.reasons())

    def _wanted_context(self, context_tokens: int) -> int:
        return wanted_context(context_tokens, self.trained_context_tokens)

    def _memory_row(self) -> int:
        """How many numbers the keys of one token have in one layer."""
        heads = max(1, llama_cpp.llama_model_n_head(self._model))
        return int(llama_cpp.llama_model_n_embd(self._model) // heads * llama_cpp.llama_model_n_head_kv(self._model))

    def _memory_bytes(self, context_tokens: int) -> int:
        """Size of keys and values for that many tokens, two bytes a number."""
        return 2 * 2 * self._memory_row() * int(llama_cpp.llama_model_n_layer(self._model)) * context_tokens

    def _log_says_no_memory(self) -> bool:
        return any(sign in line.lower() for line in self._log.lines() for sign in _NO_MEMORY)
