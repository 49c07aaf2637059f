"""The header reader: right about good files, and a reason for every bad one."""

from __future__ import annotations

import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest

from nextword.engine.gguf_types import TENSOR_TYPES, ValueType
from nextword.engine.header import Array, read_header
from nextword.engine.token_names import KNOWN
from nextword.errors import ModelNotReadable
from tests import models
from tests.engine.gguf_bytes import ARCHITECTURE, TensorBytes, array, number, pair, string, text
from tests.engine.gguf_bytes import gguf as make_bytes
from tests.engine.mutations import mutations
from tests.model_templates import FAMILIES


def reason_of(path: Path) -> str:
    """Why the file is refused; every reason must be one that errors.py lists."""
    with pytest.raises(ModelNotReadable) as caught:
        read_header(path)
    assert caught.value.path == str(path)
    listed = (ModelNotReadable.__doc__ or "").replace(",", " ").replace(".", " ").split()
    assert caught.value.reason in listed
    return caught.value.reason


def refused(folder: Path, data: bytes) -> str:
    path = folder / "model.gguf"
    path.write_bytes(data)
    return reason_of(path)


@pytest.mark.parametrize("kind", [*models.KINDS, "mamba", *FAMILIES])
def test_header_says_what_the_reference_reader_says(kind: str, tmp_path: Path) -> None:
    path = models.make(kind, tmp_path, quantization="mixed")
    header = read_header(path)
    reference = gguf.GGUFReader(path)
    assert [(t.name, t.dims, t.type, t.size_bytes) for t in header.tensors] == [
        (t.name, tuple(int(n) for n in t.shape), t.tensor_type.name, t.n_bytes) for t in reference.tensors
    ]
    assert header.tensors[3].offset_bytes == reference.tensors[3].field.parts[-1][0]
    assert header.parameter_count == sum(int(t.n_elements) for t in reference.tensors)
    for key, value in header.metadata.items():
        field = reference.fields[key]
        if not isinstance(value, Array):
            assert field.contents() == value
        else:
            assert value.count == len(field.data)
            assert value.values is None or list(value.values) == field.contents()


def test_header_describes_a_base_and_an_instruct_model(tmp_path: Path) -> None:
    base = read_header(models.make("qwen2", tmp_path, n_ctx=1024, quantization="Q8_0"))
    assert (base.architecture, base.name) == ("qwen2", "Nextword test model qwen2")
    assert (base.context_tokens, base.quantization, base.size_label) == (1024, "Q8_0", "0.1M")
    assert (base.add_bos, base.version, base.alignment) == (False, 3, 32)
    instruct = read_header(models.make("mistral", tmp_path))
    assert instruct.chat_template == FAMILIES["mistral"].template
    assert (instruct.add_bos, instruct.bos_id, instruct.eos_id) == (True, 1, 2)
    assert instruct.file_size_bytes == instruct.path.stat().st_size


@pytest.mark.parametrize("shift", range(0, 40, 3))
def test_special_tokens_are_found_where_one_read_of_the_file_ends(shift: int, tmp_path: Path) -> None:
    names = sorted(KNOWN)
    filler = ["x" * 100] * ((256 << 10) // 108 - 8) + ["y" * shift]
    tokens = array(
        "tokenizer.ggml.tokens", ValueType.STRING, len(filler) + len(names), b"".join(map(text, filler + names))
    )
    path = tmp_path / "model.gguf"
    path.write_bytes(make_bytes([ARCHITECTURE, tokens]))
    header = read_header(path)
    assert header.special_tokens == {name: len(filler) + at for at, name in enumerate(names)}
    assert header.vocabulary_size == len(filler) + len(names)


def test_quantization_comes_from_the_tensors_when_the_file_type_is_missing(tmp_path: Path) -> None:
    tensors = [
        TensorBytes(name="a", dims=(256, 4), kind=12),
        TensorBytes(name="b", dims=(32,), kind=0, offset=576),
    ]
    path = tmp_path / "model.gguf"
    path.write_bytes(make_bytes(tensors=tensors, data_bytes=576 + 128))
    assert read_header(path).quantization == "Q4_K"
    path.write_bytes(make_bytes([ARCHITECTURE, number("general.file_type", 15)], tensors, data_bytes=704))
    assert read_header(path).quantization == "Q4_K_M"


def test_tensor_types_agree_with_the_format_package() -> None:
    wrong_there = {"Q8_1"}  # it says 40 bytes, the C struct has 36
    for kind, (block, size) in gguf.constants.GGML_QUANT_SIZES.items():
        if kind.name not in wrong_there:
            assert TENSOR_TYPES[int(kind)] == (kind.name, block, size)


def test_path_with_spaces_and_emoji_is_read(tmp_path: Path) -> None:
    path = models.make("gpt2", tmp_path / "my models 🦙 (new)", file_name="tiny möder 🐫.gguf")
    assert read_header(path).path == path


def test_long_arrays_are_counted_and_short_ones_kept(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path, metadata={"general.tags": ["chat", "tiny"], "x.sizes": [1, 2, 3]})
    header = read_header(path)
    tokens = header.metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Array)
    assert (tokens.element_type, tokens.values) == ("string", None)
    assert tokens.count > 500
    assert header.metadata["general.tags"] == Array("string", 2, ("chat", "tiny"))
    assert header.metadata["x.sizes"] == Array("int32", 3, (1, 2, 3))


def test_large_vocabulary_is_read_in_little_memory(tmp_path: Path) -> None:
    tokens = b"".join(text(f"token {index}") for index in range(400_000))
    path = tmp_path / "model.gguf"
    path.write_bytes(make_bytes([ARCHITECTURE, array("tokenizer.ggml.tokens", 8, 400_000, tokens)]))
    tracemalloc.start()
    try:
        header = read_header(path)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert header.metadata["tokenizer.ggml.tokens"] == Array("string", 400_000, None)
    assert peak_bytes < 2 << 20


STRANGERS = {
    "empty": b"",
    "lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4683073952\n",
    "html": b"\xef\xbb\xbf\n <!DOCTYPE html><html><head><title>Log in</title></head></html>",
    "zip": b"PK\x03\x04\x14\x00archive/data.pkl" + bytes(40),
    "pickle": b"\x80\x02}q\x00(X\x05\x00\x00\x00model" + bytes(40),
    "safetensors": struct.pack("<Q", 40) + b'{"a":{"dtype":"F32","shape":[1]}}' + bytes(60),
    "not_gguf": b"tjgg" + bytes(100),
    "truncated": b"GG",
    "unknown_version": b"GGUF" + struct.pack("<IQQ", 4, 0, 0),
}


@pytest.mark.parametrize("reason", STRANGERS)
def test_a_file_of_another_kind_is_named(reason: str, tmp_path: Path) -> None:
    assert refused(tmp_path, STRANGERS[reason]) == reason


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (bytes(4096), "zeros"),
        (b'{"error": "Invalid credentials"}', "json"),
        (b"\x1f\x8b\x08" + bytes(30), "gzip"),
        (b"abcdefgh", "61626364"),
    ],
)
def test_what_is_known_of_a_foreign_file_is_told(data: bytes, detail: str, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(data)
    with pytest.raises(ModelNotReadable) as caught:
        read_header(tmp_path / "model.gguf")
    assert (caught.value.reason, caught.value.detail) == ("not_gguf", detail)


def version(number_: int) -> bytes:
    return b"GGUF" + struct.pack("<I", number_) + make_bytes()[8:]


U64 = (1 << 64) - 1
BAD_FILES: dict[str, tuple[str, bytes]] = {
    "version 0": ("unknown_version", version(0)),
    "version 1": ("unknown_version", version(1)),
    "big endian": ("unknown_version", version(0x03000000)),
    "tensors 2^64-1": ("too_many_tensors", make_bytes(counts=(U64, 1))),
    "tensors 100,001": ("too_many_tensors", make_bytes(counts=(100_001, 1))),
    "keys 2^63": ("too_many_keys", make_bytes(counts=(1, 1 << 63))),
    "keys one more than there are": ("bad_string", make_bytes(counts=(1, 40), data_bytes=0)[:-1] + b"\xff" * 9),
    "key length 2^63": ("bad_string", make_bytes([text("k", length=1 << 63)])),
    "key without name": ("bad_string", make_bytes([number("", 1)])),
    "value type 13": ("bad_type", make_bytes([ARCHITECTURE, pair("k", 13, bytes(8))])),
    "value type 2^32-1": ("bad_type", make_bytes([ARCHITECTURE, pair("k", 2**32 - 1, bytes(8))])),
    "duplicate key": ("duplicate_key", make_bytes([ARCHITECTURE, ARCHITECTURE])),
    "string length 2^63": ("bad_string", make_bytes([pair("k", 8, text("v", length=1 << 63))])),
    "string of 5 MB": ("bad_string", make_bytes([string("k", bytes(5 << 20))])),
    "strings of 12 MB": (
        "too_large_header",
        make_bytes([string(f"k{index}", bytes(3 << 20)) for index in range(4)]),
    ),
    "array length 2^63": ("bad_array", make_bytes([array("k", 4, 1 << 63, b"")])),
    "array of a million and one": ("bad_array", make_bytes([array("k", 0, (1 << 20) + 1, bytes((1 << 20) + 1))])),
    "array longer than the file": ("truncated", make_bytes([array("k", 12, 1 << 20, b"")])),
    "strings longer than the file": ("truncated", make_bytes([array("k", 8, 70, b"")], [], data_bytes=40)),
    "string in an array of 2^40": ("bad_string", make_bytes([array("k", 8, 70, text("v", length=1 << 40))])),
    "nested array": ("bad_array", make_bytes([array("k", 9, 1, struct.pack("<IQ", 4, 0))])),
    "array of type 99": ("bad_type", make_bytes([array("k", 99, 1, bytes(8))])),
    "alignment 2^31": ("bad_alignment", make_bytes([ARCHITECTURE, number("general.alignment", 1 << 31)])),
    "alignment 0": ("bad_alignment", make_bytes([ARCHITECTURE, number("general.alignment", 0)])),
    "alignment 33": ("bad_alignment", make_bytes([ARCHITECTURE, number("general.alignment", 33)])),
    "alignment as u64": (
        "bad_alignment",
        make_bytes([ARCHITECTURE, number("general.alignment", 32, ValueType.UINT64)]),
    ),
    "alignment as text": ("bad_alignment", make_bytes([ARCHITECTURE, string("general.alignment", "32")])),
    "no architecture": ("missing_key", make_bytes([number("general.file_type", 1)])),
    "architecture as number": ("missing_key", make_bytes([number("general.architecture", 1)])),
    "split count as u64": ("bad_type", make_bytes([ARCHITECTURE, number("split.count", 2, ValueType.UINT64)])),
    "tensor name of 64 bytes": ("bad_string", make_bytes(tensors=[TensorBytes(name="n" * 64)])),
    "five dimensions": ("bad_dimensions", make_bytes(tensors=[TensorBytes(n_dims=5)])),
    "2^32-1 dimensions": ("bad_dimensions", make_bytes(tensors=[TensorBytes(n_dims=2**32 - 1)])),
    "negative dimension": ("bad_dimensions", make_bytes(tensors=[TensorBytes(dims=(32, -1))])),
    "dimension zero": ("bad_dimensions", make_bytes(tensors=[TensorBytes(dims=(32, 0))])),
    "row of zero": ("bad_dimensions", make_bytes(tensors=[TensorBytes(dims=(0, 32))])),
    "product above 2^63": ("bad_dimensions", make_bytes(tensors=[TensorBytes(dims=(1 << 32, 1 << 31))])),
    "product that wraps to 64": (
        "bad_dimensions",
        make_bytes(tensors=[TensorBytes(dims=(64, (1 << 62) + 1, 1 << 62, 4))]),
    ),
    "size near 2^64": ("truncated", make_bytes(tensors=[TensorBytes(dims=((1 << 62) - 8,))])),
    "half a block": ("bad_dimensions", make_bytes(tensors=[TensorBytes(dims=(33,), kind=2)])),
    "tensor type 4": ("bad_type", make_bytes(tensors=[TensorBytes(kind=4)])),
    "tensor type 43": ("bad_type", make_bytes(tensors=[TensorBytes(kind=43)])),
    "offset beyond the end": ("tensor_outside_file", make_bytes(tensors=[TensorBytes(offset=1 << 40)])),
    "offset 2^64-32": ("tensor_outside_file", make_bytes(tensors=[TensorBytes(offset=(1 << 64) - 32)])),
    "offset not aligned": ("bad_alignment", make_bytes(tensors=[TensorBytes(offset=7)])),
    "tensors that overlap": (
        "tensor_outside_file",
        make_bytes(tensors=[TensorBytes(), TensorBytes(name="second")]),
    ),
    "tensor twice": ("duplicate_tensor", make_bytes(tensors=[TensorBytes(), TensorBytes(offset=256)])),
    "data cut by a byte": ("truncated", make_bytes(data_bytes=255)),
    "no data": ("truncated", make_bytes(data_bytes=0)),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_for_its_reason(name: str, tmp_path: Path) -> None:
    reason, data = BAD_FILES[name]
    assert refused(tmp_path, data) == reason


def test_the_plain_file_that_the_bad_ones_are_made_from_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(make_bytes([ARCHITECTURE, number("general.alignment", 64)], alignment=64))
    header = read_header(path)
    assert (header.architecture, header.name, header.alignment) == ("llama", "model", 64)
    assert header.tensors[0].size_bytes == 256


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data = make_bytes([ARCHITECTURE, array("k", 8, 3, text("a") + text("bc") + text(""))])
    assert {refused(tmp_path, data[:size]) for size in range(1, len(data))} == {"truncated"}


def test_places_that_are_no_files_are_refused_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.gguf"
    os.mkfifo(fifo)
    loop = tmp_path / "loop.gguf"
    loop.symlink_to(loop)
    assert reason_of(fifo) == "not_a_file"
    assert reason_of(tmp_path) == "not_a_file"
    assert reason_of(Path("/dev/zero")) == "not_a_file"
    assert reason_of(loop) == "missing"
    assert reason_of(tmp_path / "nothing.gguf") == "missing"
    assert reason_of(tmp_path / ("n" * 300)) == "missing"
    assert reason_of(tmp_path / "nul\0.gguf") == "missing"
    assert reason_of(tmp_path / "half a character \udce2.gguf") == "missing"


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path)
    path.chmod(0)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)  # root reads everything
    try:
        assert reason_of(path) == "no_permission"
    finally:
        if as_root:
            os.seteuid(0)


def write_parts(folder: Path, change: Callable[[int, list[bytes]], None] | None = None) -> list[Path]:
    """A model in three parts with one tensor each; `change` may alter the metadata of a part before it is written."""
    paths = []
    for index in range(3):
        pairs = [number("split.no", index, ValueType.UINT16), number("split.count", 3, ValueType.UINT16)]
        pairs += [number("split.tensors.count", 3, ValueType.INT32)]
        pairs += [ARCHITECTURE] if index == 0 else []
        if change:
            change(index, pairs)
        path = folder / f"big model-{index + 1:05d}-of-00003.gguf"
        path.write_bytes(make_bytes(pairs, [TensorBytes(name=f"tensor {index}")]))
        paths.append(path)
    return paths


def test_a_model_in_parts_is_described_as_one(tmp_path: Path) -> None:
    paths = write_parts(tmp_path)
    header = read_header(paths[0])
    assert header.parts == tuple(paths)
    assert header.file_size_bytes == sum(path.stat().st_size for path in paths)
    assert [tensor.name for tensor in header.tensors] == ["tensor 0", "tensor 1", "tensor 2"]


def test_a_model_with_a_missing_part_names_it(tmp_path: Path) -> None:
    paths = write_parts(tmp_path)
    paths[2].unlink()
    with pytest.raises(ModelNotReadable) as caught:
        read_header(paths[0])
    assert caught.value.reason == "split_incomplete"
    assert paths[2].name in caught.value.detail


def test_a_later_part_points_to_the_first(tmp_path: Path) -> None:
    paths = write_parts(tmp_path)
    with pytest.raises(ModelNotReadable) as caught:
        read_header(paths[1])
    assert caught.value.reason == "split_incomplete"
    assert paths[0].name in caught.value.detail


def test_a_damaged_part_is_named_in_the_error(tmp_path: Path) -> None:
    paths = write_parts(tmp_path)
    paths[1].write_bytes(paths[1].read_bytes()[:-1])
    with pytest.raises(ModelNotReadable) as caught:
        read_header(paths[0])
    assert (caught.value.reason, caught.value.file_name) == ("truncated", paths[1].name)


def test_parts_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    def swap_numbers(index: int, pairs: list[bytes]) -> None:
        pairs[0] = number("split.no", {0: 0, 1: 2, 2: 1}[index], ValueType.UINT16)

    assert reason_of(write_parts(tmp_path, swap_numbers)[0]) == "split_incomplete"

    def promise_more(_: int, pairs: list[bytes]) -> None:
        pairs[2] = number("split.tensors.count", 4, ValueType.INT32)

    assert reason_of(write_parts(tmp_path, promise_more)[0]) == "split_incomplete"
    paths = write_parts(tmp_path)
    renamed = paths[0].rename(tmp_path / "model.gguf")
    assert reason_of(renamed) == "split_incomplete"


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_four_hundred_mutations_are_read_or_refused_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "mutated.gguf"
    before_bytes = resident_bytes()
    outcomes: dict[str, int] = {}
    for data in mutations(tmp_path):
        path.write_bytes(data)
        try:
            outcome = read_header(path).architecture
        except ModelNotReadable as error:
            outcome = error.reason
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert sum(outcomes.values()) == 400
    assert len(outcomes) >= 6, outcomes
    assert resident_bytes() - before_bytes < 50 << 20
