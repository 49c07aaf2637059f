"""A report helps to mend the program and tells nothing of the person: canaries are planted wherever one could leak."""

from __future__ import annotations

import getpass
import io
import logging
import platform
import zipfile
from pathlib import Path

import pytest

from nextword import report
from nextword.errors import EngineFault, ModelNotReadable
from nextword.paths import Profile
from nextword.redaction import Redaction
from nextword.settings import Settings

CANARY = "my diagnosis is a rare canary disease"
TOKEN = "hf_CanaryCanaryCanary12345"
SECRETS = (CANARY, "canary disease", TOKEN, "Canary-Secret-Value", "private-model")

ENGINE_LOG = f"""llama_model_loader: - kv   2: general.name str = private-model {CANARY}
load_tensors: tensor 'blk.0' has wrong shape
llama_context: n_ctx is 4096
{CANARY}
<|user|>{CANARY}<|end|>
Traceback (most recent call last):
  File "/opt/nextword/_internal/nextword/engine/worker.py", line 12, in run
  File "HOME/secret-client/script.py", line 3, in <module>
    prompt = "{CANARY}"
ValueError: {CANARY}
KeyError: '{CANARY}'
UnicodeEncodeError: 'utf-8' codec can't encode: {CANARY}
AttributeError: 'NoneType' object has no attribute 'tokens'
nextword.errors.ModelNotReadable: ModelNotReadable(path='HOME/private-model.gguf', reason='not_gguf', detail='{CANARY}')
Canary: {CANARY}
Fatal Python error: Segmentation fault
Current thread 0x00007f98ba693000 (most recent call first):
  File "/opt/nextword/_internal/nextword/ui/window.py", line 7 in show
Bearer {TOKEN}
"""


@pytest.fixture
def worn(profile: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Profile:
    """A profile whose logs hold what they should not, of a person with a home folder and a token."""
    home = tmp_path / "Ada Canary"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("SOME_API_KEY", "Canary-Secret-Value")
    (profile.logs / "engine.log").write_text(ENGINE_LOG.replace("HOME", str(home)), "utf-8")
    handler = logging.FileHandler(profile.logs / "nextword.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("nextword")
    log.addHandler(handler)
    try:
        for error in (EngineFault(CANARY), ModelNotReadable(str(home / "x.gguf"), "empty"), ValueError(CANARY)):
            try:
                raise error
            except Exception:  # noqa: BLE001 - each is to be logged as the program logs it
                log.error("not caught", exc_info=True)
        log.warning('Qt (default): QUrl: "%s" is not an address', CANARY)
        log.warning("Qt (qt.svg): cannot open %s Canary-Secret-Value", home / "private-model.svg")
    finally:
        log.removeHandler(handler)
        handler.close()
    return profile


def _texts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_canary_is_in_the_report(worn: Profile) -> None:
    settings = Settings().replaced("chat.system_prompt", CANARY).replaced("sampling.temperature", 0.1)
    about = f"Folders\n  Profile: {worn.root}\n  Home: {Path.home()}\n  Key: Canary-Secret-Value\n"
    texts = _texts(report.packed(report.collect(worn, settings, about)))
    everything = "\n".join(texts.values())
    private = [*SECRETS, str(Path.home()), Path.home().name, str(worn.root)]
    if len(getpass.getuser()) > 4:
        private.append(getpass.getuser())
    assert [secret for secret in private if secret in everything] == []
    assert platform.node() not in everything or len(platform.node()) < 3


def test_what_helps_is_in_the_report(worn: Profile) -> None:
    settings = Settings().replaced("chat.system_prompt", CANARY).replaced("sampling.temperature", 0.1)
    texts = _texts(report.packed(report.collect(worn, settings, "Versions\n")))
    assert {Path(name).name for name in texts} >= {"README.txt", "about.txt", "versions.json", "settings.txt"}
    engine = texts["nextword-report/logs/engine.txt"]
    assert '"nextword/engine/worker.py", line 12, in run' in engine
    assert "AttributeError: NoneType object has no attribute tokens" in engine
    assert "reason='not_gguf'" in engine
    assert "ValueError: (37 characters)" in engine
    assert "llama_context: n_ctx is 4096" in engine
    assert "Fatal Python error: Segmentation fault" in engine
    window = texts["nextword-report/logs/nextword.txt"]
    assert "EngineFault()" in window
    assert "reason='empty'" in window
    assert "Qt (qt.svg): cannot open" in window
    assert texts["nextword-report/settings.txt"].splitlines() == [
        "sampling.temperature: 0.1", f"chat.system_prompt: a text of {len(CANARY)} characters",
    ]  # fmt: skip


def test_lines_of_no_known_shape_leave_their_number(profile: Profile) -> None:
    assert Redaction(profile).log(f"{CANARY}\n{CANARY}\n") == "(2 lines left out)\n"


def test_web_and_mail_addresses_and_keys_are_taken_out(profile: Profile) -> None:
    told = Redaction(profile).cleaned("sk-abcdefgh12345678 ada@example.org https://example.org/?canary Bearer abc.def")
    assert told == "TOKEN TOKEN TOKEN TOKEN"


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("".join(f"llama_line: {number}\n" for number in range(10_000)))
    end = report.read_end(path, 1000)
    assert end.startswith("llama_line: ")
    assert end.endswith("llama_line: 9999\n")
    assert len(end) <= 1000
    assert report.read_end(tmp_path / "gone.log", 1000) == ""


def test_a_report_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    report.save([report.Part("README.txt", "one")], path)
    before = path.read_bytes()
    with pytest.raises(OSError):  # noqa: PT011 - any of the system
        report.save([report.Part("README.txt", "two")], tmp_path / "nowhere" / "report.zip")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.zip"]
