"""One program per profile: a second start raises the first window, strange requests are ignored."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from nextword.paths import Profile
from nextword.ui.instance_lock import Lock
from nextword.ui.single_instance import MOST_BYTES, Channel, channel_name


@pytest.fixture
def asked() -> list[object]:
    return []


@pytest.fixture
def channel(qtbot: QtBot, profile: Profile, asked: list[object]) -> Iterator[Channel]:
    assert qtbot is not None
    made = Channel(profile, raise_window=lambda: asked.append("raise"), open_file=lambda *file: asked.extend(file))
    yield made
    made.close()


def _hand_over_elsewhere(qtbot: QtBot, profile: Profile, file: Path | None) -> bool:
    """Ask from another process, as the second program does."""
    program = (
        "import sys; from pathlib import Path; from nextword.paths import find_profile\n"
        "from nextword.ui.single_instance import hand_over\n"
        "file = Path(sys.argv[2]) if sys.argv[2] else None\n"
        "sys.exit(0 if hand_over(find_profile(Path(sys.argv[1])), file) else 1)"
    )
    done = subprocess.Popen([sys.executable, "-c", program, str(profile.root), str(file or "")])
    qtbot.waitUntil(lambda: done.poll() is not None, timeout=30_000)
    return done.returncode == 0


def _send(qtbot: QtBot, profile: Profile, data: bytes) -> bytes:
    socket = QLocalSocket()
    socket.connectToServer(channel_name(profile))
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.ConnectedState)
    socket.write(data)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    answer = bytes(socket.readAll().data())
    socket.abort()
    return answer


@pytest.mark.usefixtures("channel")
def test_a_second_start_raises_the_first_window(qtbot: QtBot, profile: Profile, asked: list[object]) -> None:
    assert _hand_over_elsewhere(qtbot, profile, None)
    assert asked == ["raise"]


@pytest.mark.usefixtures("channel")
def test_a_file_is_opened_in_the_first_window(
    qtbot: QtBot, profile: Profile, asked: list[object], tmp_path: Path
) -> None:
    file = tmp_path / "ein Modell 🙂.gguf"
    assert _hand_over_elsewhere(qtbot, profile, file)
    assert asked == [file, True, "raise"]


@pytest.mark.usefixtures("channel")
def test_a_file_of_a_double_click_is_only_added(qtbot: QtBot, profile: Profile, asked: list[object]) -> None:
    assert _send(qtbot, profile, b"add /models/one.gguf\n") == b"done\n"
    assert asked == [Path("/models/one.gguf"), False, "raise"]


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"quit\n",
        b"\n",
        b"open \n",
        b"open relative/path.gguf\n",
        b"open /a\0b\n",
        b"raise now\n",
        b"x" * (MOST_BYTES + 1),
    ],
    ids=["unknown", "empty", "no path", "relative", "nul", "words after", "too long"],
)
def test_strange_requests_do_nothing(qtbot: QtBot, profile: Profile, asked: list[object], request_bytes: bytes) -> None:
    assert _send(qtbot, profile, request_bytes) == b""
    assert asked == []


def test_the_channel_of_a_killed_program_is_taken_over(qtbot: QtBot, profile: Profile, asked: list[object]) -> None:
    Path(channel_name(profile)).touch()
    channel = Channel(profile, raise_window=lambda: asked.append("raise"), open_file=lambda *file: asked.extend(file))
    assert _hand_over_elsewhere(qtbot, profile, None)
    channel.close()
    assert asked == ["raise"]


def test_profiles_have_channels_of_their_own(tmp_path: Path) -> None:
    names = {channel_name(Profile(tmp_path / name, tmp_path)) for name in ("a", "b")}
    assert len(names) == 2
    deep = Profile(tmp_path / "x" / ("long" * 60), tmp_path)
    assert len(channel_name(deep)) < 100


def test_the_lock_keeps_others_out_until_it_is_released(profile: Profile) -> None:
    first, second = Lock(profile), Lock(profile)
    assert first.take()
    assert not second.take()
    assert not second.unwritable()
    assert second.holder() > 0
    first.release()
    assert second.take()
    second.release()


def test_the_lock_of_a_killed_program_is_taken_over(profile: Profile) -> None:
    program = (
        "import os, sys; from pathlib import Path; from nextword.paths import find_profile\n"
        "from nextword.ui.instance_lock import Lock\n"
        "lock = Lock(find_profile(Path(sys.argv[1]))); assert lock.take(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(profile.root)], check=False, timeout=60)
    assert done.returncode == -9
    assert profile.lock.exists()
    lock = Lock(profile)
    assert lock.take()
    lock.release()
