"""How many threads compute."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nextword.engine import cores


@pytest.fixture(autouse=True)
def _forget() -> None:
    cores.usable_cores.cache_clear()


def test_there_is_at_least_one_core_and_not_more_than_the_system_has() -> None:
    assert 1 <= cores.usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 16), ("250000 100000", 3), ("10000 100000", 1), ("", 16), ("x y", 16), ("1 0", 16)],
)
def test_a_container_that_grants_less_is_heard(
    quota: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)
    assert cores.usable_cores() == expected


def test_hyper_threads_of_a_large_processor_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(16):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{number % 8},{number % 8 + 8}\n")
    monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)
    assert cores.usable_cores() == 8
    assert cores.generation_threads(6_000_000) == 1
    assert cores.generation_threads(70 << 20) == 3
    assert cores.generation_threads(4 << 30) == 8
