"""What is free for a model: the system's own word, and what a container leaves of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.hub.bandwidth import expected_speed, measure_bandwidth
from nextword.hub.fit_measured import Load, Measured
from nextword.hub.memory_now import FreeMemory, free_memory, free_on_linux

MIB = 1 << 20


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The folders of a machine with 8 GiB, 4 of them free."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 8388608 kB\nMemFree: 100 kB\nMemAvailable: 4194304 kB\n")
    return tmp_path


def put(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_without_a_container_the_kernel_says_what_is_free(machine: Path) -> None:
    assert free_on_linux(machine) == FreeMemory(4096 * MIB, 8192 * MIB, "system")


def test_the_tightest_group_around_the_program_counts(machine: Path) -> None:
    (machine / "proc" / "self" / "cgroup").write_text("0::/outer/inner\n")
    groups = machine / "sys" / "fs" / "cgroup"
    put(groups / "outer", memory__max=str(2048 * MIB), memory__current=str(1024 * MIB))
    put(groups / "outer" / "inner", memory__max="max", memory__current=str(500 * MIB))
    assert free_on_linux(machine) == FreeMemory(1024 * MIB, 2048 * MIB, "container")


def test_the_file_cache_of_a_container_counts_as_free(machine: Path) -> None:
    (machine / "proc" / "self" / "cgroup").write_text("4:cpu:/x\n3:memory:/docker/1234\n")
    stat = f"cache 5\ninactive_file {300 * MIB}\nactive_file {100 * MIB}\ntotal_inactive_file {300 * MIB}\n"
    put(
        machine / "sys" / "fs" / "cgroup" / "memory",  # a container sees its own group as the root
        memory__limit_in_bytes=str(1024 * MIB), memory__usage_in_bytes=str(1000 * MIB), memory__stat=stat,
    )  # fmt: skip
    assert free_on_linux(machine) == FreeMemory(424 * MIB, 1024 * MIB, "container")


@pytest.mark.parametrize("limit", ["max", str(2**63 - 4096), "nonsense"])
def test_a_group_without_a_limit_does_not_count(machine: Path, limit: str) -> None:
    (machine / "proc" / "self" / "cgroup").write_text("0::/../..\n0::/\n")
    put(machine / "sys" / "fs" / "cgroup", memory__max=limit, memory__current="5")
    assert free_on_linux(machine).limit == "system"


def test_a_machine_that_says_nothing_is_not_guessed_at(tmp_path: Path) -> None:
    assert free_on_linux(tmp_path) == FreeMemory()


def test_this_machine_says_what_it_has() -> None:
    found = free_memory()
    assert 0 < found.available_bytes <= found.total_bytes


def test_memory_is_read_at_a_speed_that_can_be() -> None:
    assert 1e8 < measure_bandwidth(512 * MIB) < 1e13
    assert measure_bandwidth(10 * MIB) == 0.0
    assert expected_speed(1_000_000_000, 20e9, 0.5) == pytest.approx(10.0, rel=0.05)
    assert expected_speed(1_000, 20e9) == pytest.approx(500.0, rel=0.01)
    assert expected_speed(0, 20e9) == 0.0


def load(model: str, *, context: int = 4096, factor: float = 1.0, speed: float = 0.0) -> Load:
    return Load(model, context, 10**9, 10**8, int(factor * 10**8), 10**8, 10**9, speed)


def test_what_was_measured_is_known_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "measured.json"
    first = Measured(file)
    assert (first.correction, first.efficiency, first.bandwidth) == (1.0, 0.0, 0.0)
    first.bandwidth = 20e9
    for index, factor in enumerate((1.1, 1.2, 9.0)):
        first.note(load(f"m{index}", factor=factor, speed=(10.0, 12.0, 0.0)[index]))
    again = Measured(file)
    assert again.correction == pytest.approx(1.2)
    assert again.efficiency == pytest.approx(0.55)
    assert again.find("m0", 4096) == load("m0", factor=1.1, speed=10.0)
    assert again.find("m0", 8192) is None
    assert again.speed("m1") == 12.0


def test_a_damaged_file_of_measurements_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    file.write_text('{"loads": [{"model"')
    measured = Measured(file)
    assert measured.bandwidth == 0.0
    measured.note(load("m"))
    assert Measured(file).find("m", 4096) is not None
