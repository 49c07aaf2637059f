"""The tree pane grows trees, shows them as a list and drawn, puts paths into the text and keeps what has grown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest

from nextword.ui.widgets.figure import rendered
from nextword.ui.write.token_tree_icicle import IcicleFigure, rest_words
from nextword.ui.write.token_tree_pane import TokenTreePane
from nextword.write.token_tree import ROOT, shares
from tests.ui.write.instruments.conftest import Instruments


@pytest.fixture
def pane(instruments: Instruments) -> Iterator[TokenTreePane]:
    made = TokenTreePane(instruments.session, instruments.vocabulary, instruments.window)
    instruments.show(made)
    instruments.write()
    instruments.until(lambda: made.grow.isEnabled())
    made.plan.depth_field.setValue(3)
    yield made
    made.shut_down()


def grow(pane: TokenTreePane, instruments: Instruments) -> None:
    pane.grow_tree()
    instruments.until(lambda: pane.tree is not None and pane.tree.ended)


def test_a_tree_grows_from_the_pinned_place_and_says_what_it_covers(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    instruments.session.pin(6)
    instruments.until(lambda: "token 7" in pane.place.text())
    grow(pane, instruments)
    assert pane.tree is not None
    assert pane.tree.prompt == instruments.session.ids_before(6)
    first = pane.tree.nodes[pane.tree.children[ROOT][0]]
    best = instruments.session.steps[6].candidates[0]
    assert (first.id, round(first.logprob, 3)) == (best.id, round(best.logprob, 3))
    assert "cover" in pane.ribbon.text()
    assert "3 tokens" in pane.ribbon.text()
    assert pane.model.rowCount() == 3


def test_the_list_is_a_sound_tree_by_keyboard_and_keeps_what_is_folded_while_it_grows(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    grow(pane, instruments)
    QAbstractItemModelTester(pane.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert pane.tree is not None
    pane.list.choose(0)
    assert pane.list.currentIndex().data() in pane.model.in_words(0)
    QTest.keyClick(pane.list, Qt.Key.Key_Space)
    assert not pane.list.isExpanded(pane.model.index_of(0))
    leaf = next(n for n in pane.tree.below(1) if n not in pane.tree.children and not pane.tree.nodes[n].ends)
    before = len(pane.tree.nodes)
    pane.list.choose(leaf)
    pane.expand_current()
    instruments.until(lambda: pane.tree is not None and pane.tree.ended and len(pane.tree.nodes) > before)
    assert not pane.list.isExpanded(pane.model.index_of(0))
    assert pane.list.current == leaf


def test_the_drawing_follows_the_list_and_is_walked_by_arrows(pane: TokenTreePane, instruments: Instruments) -> None:
    grow(pane, instruments)
    pane.tabs.setCurrentIndex(1)
    assert pane.tree is not None
    pane.icicle.choose(ROOT)
    QTest.keyClick(pane.icicle, Qt.Key.Key_Down)
    first = pane.tree.children[ROOT]
    assert pane.icicle.current == pane.list.current == first[0]
    QTest.keyClick(pane.icicle, Qt.Key.Key_Right)
    assert pane.icicle.current == first[1]
    QTest.keyClick(pane.icicle, Qt.Key.Key_Left)
    QTest.keyClick(pane.icicle, Qt.Key.Key_Down)
    assert pane.tree.nodes[pane.icicle.current].parent == first[0]
    QTest.keyClick(pane.icicle, Qt.Key.Key_Up)
    QTest.keyClick(pane.icicle, Qt.Key.Key_Space)
    assert pane.icicle.top == first[0]
    assert "path" in pane.icicle.accessibleDescription()
    drawing = rendered(IcicleFigure(pane.tree, "t", "n"), ".svg")
    shown = sum(width for number, (_, width) in enumerate(shares(pane.tree)) if pane.tree.nodes[number].parent == ROOT)
    assert shown < 0.9
    assert rest_words(shown).encode() in drawing, "the empty room is told"
    assert not QImage.fromData(rendered(IcicleFigure(pane.tree, "t", "n"), ".png")).isNull()


def test_a_path_goes_into_the_text_by_its_ids(pane: TokenTreePane, instruments: Instruments) -> None:
    session = instruments.session
    session.pin(6)
    instruments.until(lambda: "token 7" in pane.place.text())
    before = session.ids_before(6)
    grow(pane, instruments)
    assert pane.tree is not None
    deepest = max(range(len(pane.tree.nodes)), key=pane.tree.depths.__getitem__)
    wanted = pane.tree.ids(deepest)
    pane.use(deepest)
    assert before is not None
    assert session.ids_before(None) == (*before, *wanted)
    session.undo()
    assert len(session.steps) > 9


def test_a_path_whose_place_is_gone_becomes_a_document_of_its_own(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    grow(pane, instruments)
    assert pane.tree is not None
    wanted = (*pane.tree.prompt, *pane.tree.ids(0))
    instruments.session.edit(0, 3, "you", caret_before=0)
    pane.use(0)
    instruments.until(lambda: instruments.session.ids_before(None) == wanted)


def test_a_tree_is_kept_with_its_document_and_opened_deleted_and_restored(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    grow(pane, instruments)
    kept = pane.tree
    instruments.until(lambda: pane.kept.count() == 1)
    pane.plan.by_field.setCurrentIndex(1)
    pane.plan.cover_field.setValue(20)
    grow(pane, instruments)
    instruments.until(lambda: pane.kept.count() == 2)
    pane.kept.setCurrentIndex(1)
    pane.kept.activated.emit(1)
    instruments.until(lambda: pane.tree == kept)
    pane.delete_tree()
    instruments.until(lambda: pane.kept.count() == 1)
    assert pane.tree is None
    pane.restore.click()
    instruments.until(lambda: pane.kept.count() == 2 and pane.tree == kept)
    document = instruments.session.document
    instruments.session.open(None)
    instruments.until(lambda: pane.kept.count() == 0)
    assert pane.tree is None
    instruments.session.open(document)
    instruments.until(lambda: pane.kept.count() == 2)


def test_a_tree_stays_when_the_list_of_kept_trees_comes_before_it_is_kept(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    grow(pane, instruments)
    pane.keeping.current = None  # not known yet: the history is at work
    pane.keeping.listed.emit(())
    assert pane.tree is not None
    assert pane.tabs.isVisible()


def test_what_has_grown_stays_with_its_document_when_another_one_is_opened(
    pane: TokenTreePane, instruments: Instruments
) -> None:
    instruments.until(lambda: instruments.session.document is not None)
    document = instruments.session.document
    pane.plan.depth_field.setValue(12)
    pane.plan.width_field.setValue(6)
    pane.grow_tree()
    instruments.until(lambda: pane.tree is not None and pane.tree.nodes)
    assert pane.tree is not None
    assert not pane.tree.ended
    instruments.session.open(None)
    assert pane.tree is None
    assert not pane.grow.isEnabled()
    instruments.session.open(document)
    instruments.until(lambda: pane.kept.count() == 1)
    pane.kept.setCurrentIndex(0)
    pane.kept.activated.emit(0)
    instruments.until(lambda: pane.tree is not None and pane.tree.ended == "stopped")
    assert pane.tree.nodes


def test_the_tree_is_exported_with_all_its_numbers(
    pane: TokenTreePane, instruments: Instruments, tmp_path: Path
) -> None:
    grow(pane, instruments)
    assert pane.tree is not None
    for ending in (".svg", ".pdf", ".csv"):
        pane.export.write(tmp_path / f"tree{ending}")
    lines = (tmp_path / "tree.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(pane.tree.nodes) + 1
    assert lines[0].startswith("depth,path ids,id")
