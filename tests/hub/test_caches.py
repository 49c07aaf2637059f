"""What other programs have is offered as it lies there; a link that leads astray is not followed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nextword.hub.caches import belongs_elsewhere, find_elsewhere
from nextword.hub.model_files import is_model_name, models_in, parts_of

DIGEST = "ab" * 32


def put(path: Path, data: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o644)
    return path


def names(home: Path, **environment: str) -> dict[str, str]:
    return {found.name: found.owner for found in find_elsewhere(home, environment) if str(home) in found.path}


def hub_file(home: Path, target: str | None = None) -> Path:
    """A snapshot whose one file links to a blob."""
    repository = home / ".cache" / "huggingface" / "hub" / "models--author--Tiny-GGUF"
    put(repository / "blobs" / "abc")
    link = repository / "snapshots" / "0123" / "tiny-Q4_0.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(target or "../../blobs/abc")
    return link


def ollama(home: Path, digest: str = f"sha256:{DIGEST}") -> None:
    folder = home / ".ollama" / "models"
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "0" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": digest},
    ]
    manifest = folder / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / "1b"
    put(manifest, json.dumps({"layers": layers}).encode())
    put(folder / "blobs" / f"sha256-{DIGEST}")


def test_models_of_four_programs_are_found(tmp_path: Path) -> None:
    hub_file(tmp_path)
    ollama(tmp_path)
    put(tmp_path / ".lmstudio" / "models" / "author" / "repo" / "studio-Q8_0.gguf")
    put(tmp_path / ".local" / "share" / "Jan" / "data" / "llamacpp" / "models" / "phi" / "model.gguf")
    assert names(tmp_path) == {
        "author/Tiny-GGUF: tiny-Q4_0": "hub",
        "studio-Q8_0": "lm_studio",
        "llama3.2:1b": "ollama",
        "phi": "jan",
    }


def test_folders_that_are_named_otherwise_are_looked_at(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "hub" / "models--a--b" / "snapshots" / "1" / "b.gguf")
    put(tmp_path / "studio" / "models" / "c.gguf")
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "studio"))
    assert names(tmp_path, HF_HOME=str(tmp_path / "elsewhere")) == {"a/b: b": "hub", "c": "lm_studio"}


@pytest.mark.parametrize("target", ["/etc/hostname", "../../../../../../outside", "tiny-Q4_0.gguf", "nothing"])
def test_a_link_out_of_the_cache_or_to_nowhere_is_not_offered(target: str, tmp_path: Path) -> None:
    put(tmp_path / "outside")
    hub_file(tmp_path, target)
    assert names(tmp_path) == {}


def test_what_anybody_may_write_to_and_what_is_no_file_is_not_offered(tmp_path: Path) -> None:
    models = tmp_path / ".lmstudio" / "models"
    put(models / "open.gguf").chmod(0o666)
    os.mkfifo(models / "pipe.gguf")
    (models / "folder.gguf").mkdir()
    (models / "again").symlink_to(models)
    assert names(tmp_path) == {}


@pytest.mark.parametrize("digest", ["sha256:../../../../etc/passwd", "sha256:12", "", "md5:" + "0" * 64])
def test_a_manifest_cannot_name_a_file_outside(digest: str, tmp_path: Path) -> None:
    ollama(tmp_path, digest)
    assert names(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"layers": [1]}', b"\xff\xfe", b"[" * 10_000])
def test_a_broken_manifest_is_passed_over(content: bytes, tmp_path: Path) -> None:
    ollama(tmp_path)
    put(tmp_path / ".ollama" / "models" / "manifests" / "x" / "y" / "z" / "latest", content)
    assert names(tmp_path) == {"llama3.2:1b": "ollama"}


def test_a_file_in_a_cache_belongs_to_another_program(tmp_path: Path) -> None:
    assert belongs_elsewhere(tmp_path / ".ollama" / "models" / "blobs" / "sha256-1", tmp_path, {})
    assert not belongs_elsewhere(tmp_path / "models" / "mine.gguf", tmp_path, {})


def test_a_split_model_is_one(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / "deep" / f"big-{number:05d}-of-00003.gguf")
    put(tmp_path / "mmproj-big.gguf")
    put(tmp_path / "notes.txt")
    first = tmp_path / "deep" / "big-00001-of-00003.gguf"
    assert list(models_in(tmp_path)) == [first]
    assert [path.name for path in parts_of(first)] == [f"big-{number:05d}-of-00003.gguf" for number in (1, 2, 3)]
    assert not is_model_name("big-00002-of-00003.gguf")
    assert list(models_in(tmp_path / "nowhere")) == []
