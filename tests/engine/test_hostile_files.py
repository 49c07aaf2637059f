"""Four hundred damaged models through the real engine process: refused or survived, and told in words each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.header import read_header
from nextword.errors import EngineFault, ModelNotReadable, NextwordError, from_wire
from nextword.ui.explain import explain, unworded
from tests import models
from tests.deliveries import Deliveries
from tests.engine.engine_driver import Driver
from tests.engine.mutations import mutations

PROMPT = protocol.TextPrompt("the time of day")


class Window:
    """The window's side: an engine, and what became of every file it was given."""

    def __init__(self, cache: Path) -> None:
        self.deliver = Deliveries()
        self.engine = Engine(self.deliver, cache=cache)

    def use(self, path: Path) -> NextwordError | None:
        """Load `path` and let it write three tokens; return what went wrong, None if nothing did."""
        before = self.engine.status.error
        self.engine.use(str(path))
        self.engine.start()  # the way back for an engine that died too often
        self.deliver.until(lambda: self._settled(before))
        if self.engine.status.state != "ready":
            return self.engine.status.error
        heard: list[JobEvent] = []
        self.engine.ask(protocol.Generate(0, PROMPT, protocol.Sampling(), protocol.Until(3), 5), heard.append)
        self.deliver.until(lambda: heard and isinstance(heard[-1], (protocol.Finished, JobFailed)))
        return heard[-1].error if isinstance(heard[-1], JobFailed) else None

    def _settled(self, before: NextwordError | None) -> bool:
        status = self.engine.status
        return status.state == "ready" or (status.error is not None and status.error is not before)


@pytest.fixture
def window(engine_cache: Path) -> Iterator[Window]:
    made = Window(engine_cache)
    yield made
    made.engine.close()


@pytest.fixture
def damaged(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "downloads 🦊"
    folder.mkdir()
    paths = []
    for number, data in enumerate(mutations(tmp_path)):
        paths.append(folder / f"damaged {number}.gguf")
        paths[-1].write_bytes(data)
    return paths


def sound_enough(path: Path) -> bool:
    """Whether the header says nothing against the file, so that it reaches llama.cpp."""
    try:
        read_header(path)
    except ModelNotReadable:
        return False
    return True


@pytest.mark.timeout(1200)
def test_four_hundred_damaged_models_cost_at_most_the_engine_and_are_told_in_words(
    window: Window, damaged: list[Path], engine_cache: Path, tmp_path: Path
) -> None:
    passed = [path for path in damaged if sound_enough(path)]
    outcomes = Counter(refused_by_one_process(engine_cache, [path for path in damaged if path not in passed]))
    for path in passed:
        error = window.use(path)
        outcomes["used" if error is None else type(error).__name__] += 1
        assert not isinstance(error, EngineFault), (path.name, error)
        if error is not None:
            words = explain(error)
            assert words != unworded(error), error
            assert all((words.title, words.text, words.advice))
    assert outcomes.total() == len(damaged) == 400
    assert len(passed) >= 40, "too few reach llama.cpp to prove anything"
    assert {"used", "ModelLoadFailed"} <= outcomes.keys(), outcomes
    assert window.use(models.make("gpt2", tmp_path, endless=True)) is None


def refused_by_one_process(cache: Path, paths: list[Path]) -> Iterator[str]:
    """Give files that the header condemns to one process, which must refuse each for the window's reason."""
    with Driver(cache) as engine:
        engine.wait(protocol.Hello)
        for path in paths:
            with pytest.raises(ModelNotReadable) as expected:
                read_header(path)
            engine.send(protocol.Load(engine.job(), str(path)))
            while not isinstance(event := engine.next(), protocol.Failed):
                assert event is not None, engine.end()
            error = from_wire(event.kind, event.data)
            assert isinstance(error, ModelNotReadable)
            assert (error.path, error.reason) == (str(path), expected.value.reason)
            yield type(error).__name__
