"""A fault of ours on a thread is told, and what comes after it is done all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.chat.attached_files import AttachedFiles
from nextword.hub import fit_desk
from nextword.hub.fit_desk import FitDesk
from nextword.hub.memory_now import FreeMemory
from nextword.hub.worker_threads import WorkerThreads
from nextword.ui.lab.latest_work import LatestWork, WorkInTurn
from tests.deliveries import Deliveries


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr("threading.excepthook", lambda given: told.append(str(given.exc_value)))
    return told


def broken() -> None:
    raise AttributeError("a fault of ours")


@pytest.mark.parametrize("kind", [LatestWork, WorkInTurn])
def test_work_of_the_lab_that_fails_is_told_and_closed_it_does_nothing(
    faults: list[str], kind: type[LatestWork | WorkInTurn]
) -> None:
    deliver, heard = Deliveries(), list[int]()
    work = kind(deliver, thread="lab-test")
    work.run(broken, lambda _none: None)
    deliver.until(lambda: faults)
    work.run(lambda: 5, heard.append)
    deliver.until(lambda: heard)
    work.close()
    work.run(lambda: 6, heard.append)
    deliver.run_waiting()
    assert (faults, heard) == (["a fault of ours"], [5])


def test_threads_that_ask_the_hub_outlive_a_fault(faults: list[str]) -> None:
    deliver, done = Deliveries(), list[int]()
    threads = WorkerThreads("hub-test", 2)
    for number in range(6):
        threads.submit(broken)
        deliver.until(lambda wanted=number + 1: len(faults) == wanted)  # type: ignore[misc]
    threads.submit(lambda: done.append(1))
    deliver.until(lambda: done)
    threads.close()


def test_a_fault_of_the_fit_desk_is_told(faults: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = Deliveries()
    desk = FitDesk(tmp_path / "measured.json", deliver)
    with monkeypatch.context() as patched:
        patched.setattr(fit_desk, "free_memory", broken)
        desk.refresh()
        deliver.until(lambda: faults)
    monkeypatch.setattr(fit_desk, "free_memory", lambda: FreeMemory(1, 1))
    desk.refresh()
    deliver.until(lambda: desk.free is not None)
    desk.close()


def test_a_fault_of_what_reads_attached_files_is_told(
    faults: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = Deliveries()
    monkeypatch.setattr("nextword.chat.attached_files.read_file", lambda *_given: broken())
    files = AttachedFiles(deliver)
    files.read(tmp_path / "a.txt", lambda _file: None, lambda _error: None)
    deliver.until(lambda: faults)
    files.close()
