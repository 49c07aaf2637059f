from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from nextword import resources
from nextword.errors import CardNotUsable
from nextword.lab import card
from nextword.lab.columns import QUESTION, Column
from nextword.lab.running import Home
from nextword.lab.sweep import ModelRef
from nextword.lab.twins import TwinsRun
from nextword.lab.twins_card import TwinsCard, TwinsCheck, columns_here, make_twins, read_twins
from tests.lab.lab_desk import LabDesk

BASE = ModelRef(str(resources.STARTER_BASE), "base", "5ha")


@pytest.fixture(scope="module")
def made(starter: LabDesk) -> TwinsCard:
    columns = [
        Column(BASE, "raw", QUESTION, max_tokens=20),
        Column(BASE, "templated", QUESTION, max_tokens=10, temperature=1.0, repeats=3),
    ]
    run = TwinsRun(starter.engine, columns)
    run.start(Home(BASE.path, threads=1))
    starter.deliver.until(lambda: run.state != "running")
    return make_twins("Twins", run.results, created=3)


def test_columns_are_done_again_from_their_card(made: TwinsCard, starter: LabDesk, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    card.write(made, path)
    read = read_twins(path)
    assert read == made
    assert str(resources.MODELS) not in path.read_text(encoding="utf-8")
    columns = columns_here(read, path, lambda sha256: BASE.path if sha256 == "5ha" else "")
    check = TwinsCheck(starter.engine, read, columns)
    check.start(Home(BASE.path, threads=1))
    starter.deliver.until(lambda: check.status.state != "running")
    assert (check.status.state, check.status.done) == ("finished", 2)
    assert [one.compared for one in check.differences] == [
        sum(len(answer.ids) for answer in each.answers) for each in made.columns
    ]
    assert 0 <= card.largest(check.differences) < 0.1
    check.close()


def test_a_card_that_is_another_or_was_changed_is_refused(made: TwinsCard, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    card.write(replace(made, name="other"), path)
    with pytest.raises(CardNotUsable, match="changed"):
        read_twins(path)
    with pytest.raises(CardNotUsable, match="not_card"):
        card.read(path)
    with pytest.raises(CardNotUsable, match="no_model"):
        columns_here(made, path, lambda _sha256: "")
