"""Which model is loaded at the start, what is remembered, and that a model that ended the engine is not tried again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nextword import resources
from nextword.errors import EngineDied, EngineGaveUp, ModelNotReadable, TemplateReplaced
from nextword.ui.feature import AddModelFile, ShowModels, UseModel
from nextword.ui.load_journal import LoadJournal
from nextword.ui.model_choice import ModelChoice
from tests.ui.conftest import Desk, model_info


@pytest.fixture
def journal_file(desk: Desk) -> Path:
    return desk.services.profile.root / "loading.txt"


@pytest.fixture
def choice(desk: Desk) -> Iterator[ModelChoice]:
    services = desk.services
    made = ModelChoice(services.engine, services.library, services.settings, services.notices)
    yield made
    made.close()


def _attend(choice: ModelChoice, journal_file: Path) -> None:
    choice.attend(None, LoadJournal(journal_file))


def _register(qtbot: QtBot, desk: Desk, file: Path) -> None:
    desk.services.library.add(file)
    qtbot.waitUntil(lambda: desk.services.library.find(str(file)) is not None)


def test_the_starter_is_loaded_when_nothing_was_chosen(desk: Desk, choice: ModelChoice, journal_file: Path) -> None:
    _attend(choice, journal_file)
    choice.load_first()
    assert desk.services.engine.status.wanted == str(resources.STARTER_INSTRUCT)


def test_a_chosen_model_is_remembered_and_loaded_the_next_time(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, journal_file: Path, model_file: Path
) -> None:
    _register(qtbot, desk, model_file)
    _attend(choice, journal_file)
    assert choice.take(UseModel(str(model_file)))
    assert desk.services.settings.value.engine.model == str(model_file)
    choice.load_first()
    assert desk.services.engine.status.wanted == str(model_file)


def test_context_and_threads_go_with_it(desk: Desk, choice: ModelChoice, model_file: Path) -> None:
    wanted: list[tuple[str, int, int]] = []
    desk.services.settings.set("engine.context_tokens", 512)
    desk.services.settings.set("engine.threads", 3)
    desk.services.engine.use = (  # type: ignore[method-assign]
        lambda path, *, context_tokens=0, threads=0: wanted.append((path, context_tokens, threads))
    )
    choice.use(str(model_file))
    assert wanted == [(str(model_file), 512, 3)]


def test_an_added_file_is_used(qtbot: QtBot, desk: Desk, choice: ModelChoice, model_file: Path) -> None:
    assert choice.take(AddModelFile(str(model_file)))
    qtbot.waitUntil(lambda: desk.services.engine.status.wanted == str(model_file))


def test_a_file_of_a_double_click_is_listed_and_loaded_only_when_somebody_says_so(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, model_file: Path
) -> None:
    assert choice.take(AddModelFile(str(model_file), load=False))
    qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.services.library.find(str(model_file)) is not None
    assert desk.services.engine.status.wanted == ""
    assert "not loaded" in desk.told[0].text
    desk.told[0].actions[0].run()
    assert desk.services.engine.status.wanted == str(model_file)


def test_a_file_that_is_no_model_is_refused_with_a_notice(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.gguf"
    empty.touch()
    choice.take(AddModelFile(str(empty)))
    qtbot.waitUntil(lambda: bool(desk.told))
    error = desk.told[0].error
    assert isinstance(error, ModelNotReadable)
    assert error.reason == "empty"
    assert desk.services.engine.status.wanted == ""
    assert desk.services.settings.value.engine.model == ""


def test_other_places_are_not_taken(choice: ModelChoice) -> None:
    assert not choice.take(ShowModels())


def test_a_model_that_ended_the_engine_is_not_loaded_by_itself(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, journal_file: Path, model_file: Path
) -> None:
    _register(qtbot, desk, model_file)
    _attend(choice, journal_file)
    desk.services.settings.set("engine.model", str(model_file))
    desk.set_status(state="stopped", error=EngineDied("loading", "SIGSEGV", 0, str(model_file)))
    known = desk.services.library.find(str(model_file))
    assert known is not None
    assert known.crashed
    desk.told.clear()
    choice.load_first()
    assert desk.services.engine.status.wanted == str(resources.STARTER_INSTRUCT)
    notice = next(notice for notice in desk.told if notice.key == "model")
    assert [action.label for action in notice.actions] == ["Load it again"]
    notice.actions[0].run()
    assert desk.services.engine.status.wanted == str(model_file)


def test_a_model_whose_loading_ended_the_whole_program_is_not_loaded_by_itself(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, journal_file: Path, model_file: Path
) -> None:
    _register(qtbot, desk, model_file)
    desk.services.settings.set("engine.model", str(model_file))
    journal_file.write_text(str(model_file))
    _attend(choice, journal_file)
    choice.load_first()
    assert desk.services.engine.status.wanted == str(resources.STARTER_INSTRUCT)


def test_the_journal_names_what_is_loading_and_only_then(
    desk: Desk, choice: ModelChoice, journal_file: Path, model_file: Path
) -> None:
    _attend(choice, journal_file)
    desk.set_status(state="loading", wanted=str(model_file))
    assert LoadJournal(journal_file).left_over == str(model_file)
    desk.set_status(state="ready")
    assert not journal_file.exists()
    desk.set_status(state="loading", wanted=str(model_file))
    choice.close()
    assert not journal_file.exists()


def test_a_model_that_is_gone_is_told_and_the_starter_taken(
    desk: Desk, choice: ModelChoice, journal_file: Path, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.gguf")
    desk.services.settings.set("engine.model", gone)
    _attend(choice, journal_file)
    choice.load_first()
    assert desk.services.engine.status.wanted == str(resources.STARTER_INSTRUCT)
    assert any(isinstance(notice.error, ModelNotReadable) for notice in desk.told)
    assert desk.services.settings.value.engine.model == gone  # it may come back, on a disk that is plugged in again


@pytest.mark.usefixtures("choice")
def test_an_engine_error_is_told_once_with_ways_out(desk: Desk, model_file: Path) -> None:
    error = EngineDied("generating", "SIGSEGV", 0, str(model_file))
    desk.set_status(state="stopped", wanted=str(model_file), error=error)
    desk.set_status(state="starting")
    told = [notice for notice in desk.told if notice.error is error]
    assert len(told) == 1
    assert [action.label for action in told[0].actions] == ["Try again", "Use the starter"]


def test_a_model_whose_chat_template_fails_is_told_of_once(desk: Desk, choice: ModelChoice) -> None:
    assert choice is not None
    desk.set_status(state="ready", model=model_info("/models/odd.gguf", template_note="syntax"))
    desk.set_status(state="busy")
    desk.set_status(state="ready")
    assert [type(notice.error) for notice in desk.told] == [TemplateReplaced]
    desk.set_status(model=model_info("/models/base.gguf", kind="base", template_note="none"))
    assert len(desk.told) == 1


def test_a_model_whose_loading_was_the_last_of_too_many_deaths_is_not_loaded_by_itself(
    qtbot: QtBot, desk: Desk, choice: ModelChoice, model_file: Path
) -> None:
    assert choice is not None
    _register(qtbot, desk, model_file)
    desk.set_status(state="loading", wanted=str(model_file))
    desk.set_status(state="dead", error=EngineGaveUp(3, 300))
    known = desk.services.library.find(str(model_file))
    assert known is not None
    assert known.crashed
