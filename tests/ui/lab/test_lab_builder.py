"""The builder on screen: the first minute, ticks, the prompt as tokens, bars with their numbers, menus, undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget
from pytestqt.qtbot import QtBot

from nextword.engine.tokens import TokenStep
from nextword.lab.gains import Gain
from nextword.lab.task import Item
from nextword.ui.feature import WriteText
from nextword.ui.lab.answers_pane import GainLine
from nextword.ui.lab.data_dialog import DataDialog
from nextword.ui.lab.example_dialog import ExampleDialog
from nextword.ui.lab.lab_words import rule_meaning
from nextword.ui.lab.label_bars import ROW, LabelRow, paint_row
from nextword.ui.lab.prompt_regions import Piece
from nextword.ui.lab.task_dialog import TaskDialog
from nextword.ui.lab.why_pane import change_words
from nextword.ui.theme import current_theme
from tests.ui.conftest import Desk
from tests.ui.lab.conftest import BASE, INSTRUCT, Lab


@pytest.fixture
def base(make_lab: Callable[..., Lab]) -> Lab:
    made = make_lab(BASE)
    made.known()
    return made


def test_the_first_minute_shows_four_balanced_examples_and_their_bars(base: Lab) -> None:
    build = base.build
    assert build.examples.summary.startswith("4 ticked · balanced · last: ")
    names = [row.name for row in build.labels.few.bars.bars.rows]
    assert names == ["positive", "negative", "off-label"]
    assert [side.title.text() for side in (build.labels.zero, build.labels.few)] == ["Zero-shot", "4-shot"]
    few, zero = build.labels.few.bars.bars.rows, build.labels.zero.bars.bars.rows
    assert few[0].best
    assert few[0].fraction > 0.9
    assert zero[2].fraction > few[2].fraction
    assert "calibrated score" in build.labels.kind.text().lower()  # "pos" has two tokens, so the rule is NCC
    assert build.prompt.text.text().startswith("<|endoftext|>Review: ")
    assert "tokens of 1,024" in build.prompt.count.text()


def test_a_tick_changes_bars_prompt_and_summary(base: Lab) -> None:
    build, qtbot = base.build, base.qtbot
    before = build.labels.few.bars.bars.rows
    build.examples.list.setFocus()
    build.examples.list.setCurrentIndex(build.examples.model.index(0))
    qtbot.keyClick(build.examples.list, Qt.Key.Key_Space)
    base.known()
    assert build.examples.summary.startswith("3 ticked · ")
    assert build.labels.few.title.text() == "3-shot"
    assert build.labels.few.bars.bars.rows != before
    assert build.prompt.text.text().count("Review: ") == 4


def test_without_examples_there_is_one_distribution(base: Lab) -> None:
    base.page.builder.tick_none()
    base.known()
    assert base.build.labels.zero.isVisible()
    assert not base.build.labels.few.isVisible()
    assert base.build.examples.summary == "0 ticked"


def test_examples_are_moved_and_removed_by_keys_with_an_undo(base: Lab) -> None:
    build, qtbot = base.build, base.qtbot
    first, second = base.page.builder.ticked[:2]
    examples = build.examples.list
    examples.setCurrentIndex(build.examples.model.index(0))
    qtbot.keyClick(examples, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert base.page.builder.ticked[:2] == (second, first)
    assert examples.currentIndex().row() == 1
    qtbot.keyClick(examples, Qt.Key.Key_Delete)
    assert first not in base.page.builder.ticked
    base.told[-1].actions[0].run()
    assert base.page.builder.ticked[:2] == (second, first)


def test_a_dragged_example_goes_where_it_is_dropped(base: Lab) -> None:
    model = base.build.examples.model
    first = base.page.builder.ticked[0]
    data = model.mimeData([model.index(0)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, model.index(-1))
    assert base.page.builder.ticked[2] is first


def test_an_example_of_ones_own_is_written_in_a_dialog(base: Lab) -> None:
    base.build.examples.add.click()
    dialog = base.page.findChild(ExampleDialog)
    assert dialog is not None
    dialog.text.setPlainText("a quiet room")
    dialog.label.setCurrentIndex(1)
    dialog.accept()
    assert base.page.builder.ticked[-1] == Item("a quiet room", "negative")


def test_the_prompt_is_shown_as_tokens_by_example(base: Lab) -> None:
    prompt = base.build.prompt
    prompt.ids.setChecked(True)
    assert prompt.chips is not None
    titles = [section.title for section in prompt.chips.sections]
    assert titles == ["Template", "Example 1", "Example 2", "Example 3", "Example 4", "Input"]
    assert len(prompt.chips.tokens) == len(base.page.builder.tokens)


def test_a_token_off_the_labels_is_added_to_one_and_the_set_is_kept_as_ones_own(base: Lab) -> None:
    labels = base.build.labels
    button = next(button for button in labels.zero.buttons if "positive" in button.text())
    menu = button.menu()
    assert isinstance(menu, QMenu)
    menu.actions()[0].trigger()
    base.known()
    assert base.page.builder.task.labels[0].words == ("pos", "positive")
    base.page.desk.flush()
    base.until(lambda: base.page.desk.current is not None and base.page.desk.tasks)
    assert base.page.desk.name == "Sentiment, changed"


def test_a_bar_tells_its_words_ids_and_formula(base: Lab) -> None:
    labels = base.build.labels
    labels.few.bars.row_chosen.emit(0)
    assert labels.details.isVisible()
    assert "“pos”" in labels.details.lines.text()
    assert rule_meaning("ncc") in labels.details.meaning.text()
    labels.few.bars.row_chosen.emit(2)
    assert "off-label" in labels.details.title.text()
    labels.few.bars.row_chosen.emit(2)
    assert not labels.details.isVisible()


def test_rule_and_calibration_are_chosen_in_menus_and_named(base: Lab) -> None:
    bar, labels = base.build.bar, base.build.labels
    bar._on_score("sum")
    base.known()
    base.until(lambda: "Probability" in labels.kind.text())
    rows = labels.few.bars.bars.rows
    assert sum(row.fraction for row in rows) == pytest.approx(1.0)
    bar._on_calibration("contextual")
    base.until(lambda: labels.kind.text().startswith("Calibrated score (contextual, sum)"))
    assert bar.calibration.text() == "Calibrate: contextual ▾"
    labels.bias.open()
    assert labels._bias_bars is not None
    assert sum(row.fraction for row in labels._bias_bars[1].bars.rows) == pytest.approx(1.0)


def test_bars_can_be_read_as_a_list_and_leave_as_a_table(base: Lab, tmp_path: Path) -> None:
    model = base.build.labels.few.bars.bars
    words = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("positive, ")
    assert words.endswith("the prediction")
    assert model.index(0).data(ROW).best
    export = base.build.labels.export
    export.write(tmp_path / "bars.json")
    export.write(tmp_path / "bars.svg")
    rows = json.loads((tmp_path / "bars.json").read_text())
    assert {row["condition"] for row in rows} == {"Zero-shot", "4-shot"}
    assert b"<svg" in (tmp_path / "bars.svg").read_bytes()


def test_the_input_is_stepped_through_and_typed(base: Lab) -> None:
    row = base.build.input
    row.next.click()
    assert base.page.builder.shown.index == 1
    row.edit.setPlainText("what a lovely day")
    base.until(lambda: base.page.builder.shown.text == "what a lovely day")
    base.known()
    assert row.part.currentData() == "typed"
    assert row.gold.text() == ""
    assert base.build.prompt.text.text().endswith("what a lovely day\nSentiment:")


def test_each_example_has_its_effect_and_the_answer_its_gain(base: Lab) -> None:
    build = base.build
    base.until(lambda: build.asides.effects is not None)
    assert build.why.rows is not None
    assert len(build.why.rows.rows) == 4
    assert "nats of log-odds" in build.why.rows.index(0).data()
    build.answers.fold.open()
    base.until(lambda: build.asides.gains)
    assert build.answers.gains is not None
    assert "pos" not in build.answers.gains.accessibleDescription() or build.asides.answer == "pos"


def test_a_token_that_became_less_likely_stays_legible_on_its_hatching(qtbot: QtBot) -> None:
    step = TokenStep(7, b"pos", -4.0, 1, 4.1, -4.0, 3)
    parent = QWidget()
    qtbot.addWidget(parent)
    line = GainLine(parent)
    line.resize(200, 60)
    line.show_gains((Gain(-4.0, -1.0, step, step), Gain(-4.0, -3.999, step, step)))
    assert "-3.00 nats" in line.accessibleDescription()
    assert "-0.00" not in line.accessibleDescription()
    image = line.grab().toImage()
    shown = {image.pixelColor(x, y).name() for x in range(80) for y in range(image.height())}
    assert len(shown) > 4
    assert min(QColor(name).lightness() for name in shown) >= current_theme().colour("text").lightness()


def test_notes_say_what_to_mind_and_what_to_do(base: Lab) -> None:
    prompt = base.build.prompt
    assert prompt.notes_button.isVisible()
    prompt.notes_button.click()
    assert "More than one token: “pos”" in prompt.notes.text()
    of_one_label = [item for item in base.page.builder.task_set.splits.pool if item.gold == "positive"]
    base.page.builder.tick_exactly(of_one_label[:2])
    assert any("No example has the label" in line for line in prompt.notes.text().splitlines())


def test_the_template_is_edited_with_its_prompt_in_view(base: Lab) -> None:
    base.build.bar.template.click()
    dialog = base.page.findChild(TaskDialog)
    assert dialog is not None
    dialog.instruction.setPlainText("Say pos or neg.")
    dialog.output_prefix.setText("\\nMood:")
    assert dialog.preview.text().startswith("Say pos or neg.\n\nReview: ")
    dialog.labels[1].edit.setText("pos")
    dialog.labels[1].take_typed()
    assert "stands for two labels" in dialog._problem.text()
    dialog.labels[1]._remove("pos")
    dialog.accept()
    assert base.page.builder.task.template.output_prefix == "\nMood:"
    base.known()
    assert base.build.prompt.text.text().startswith("<|endoftext|>Say pos or neg.")


def test_a_file_becomes_the_task_on_the_desk_and_is_asked_at_once(base: Lab, tmp_path: Path) -> None:
    path = tmp_path / "mood.csv"
    path.write_text("text,mood\n" + "".join(f"it was {n},{('up', 'down')[n % 2]}\n" for n in range(12)))
    base.build.bar.import_data(path=path)
    dialog = base.page.findChild(DataDialog)
    assert dialog is not None
    base.until(lambda: dialog.make.isEnabled())
    dialog.accept()
    assert base.page.desk.name == "mood"
    base.known()
    assert [row.name for row in base.build.labels.few.bars.bars.rows] == ["up", "down", "off-label"]
    base.until(lambda: base.page.desk.current is not None)


def test_an_instruct_model_gets_chat_turns_and_writes_answers_beside(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(INSTRUCT)
    lab.page.model.shut_down()  # the person wants this one
    lab.page.builder.draw(2)
    lab.until(lambda: lab.services.engine.status.state == "ready")
    lab.services.engine.use(str(INSTRUCT), threads=1)
    lab.until(lambda: lab.page.builder.model is not None and lab.page.builder.model.kind == "instruct")
    lab.known()
    build = lab.build
    assert build.bar.form.text() == "Form: chat turns ▾"
    assert "instruct model" in build.bar.form.toolTip()
    lab.until(lambda: build.asides.sides is not None)
    assert "Zero-shot: “" in build.answers.written.text()
    build.answers.check.click()
    lab.until(lambda: build.asides.checked is not None)
    assert "of 20 answers agree with the scores" in build.answers.agreement.text()


@pytest.mark.parametrize(("look", "percent"), [("light", 100), ("dark", 100), ("dark", 200)])
def test_it_is_drawn_in_every_look_and_size(base: Lab, look: str, percent: int) -> None:
    current_theme().apply(look, percent)
    for width, height in ((1216, 774), (836, 574)):
        base.page.resize(width, height)
        assert not base.page.grab().isNull()
    current_theme().apply("light", 100)


def test_every_control_of_the_builder_has_a_name(base: Lab) -> None:
    for button in base.build.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button


@pytest.mark.usefixtures("qapp")
def test_a_small_effect_is_no_nothing_beside_its_bar() -> None:
    assert [change_words(each) for each in (1.24, 0.1, 0.03, -0.094, 0.001, -0.004, float("nan"))] == [
        "+1.2", "+0.1", "+0.03", "-0.09", "0.0", "0.0", "–",
    ]  # fmt: skip


def test_a_tiny_share_does_not_stand_on_its_bar() -> None:
    theme = current_theme()
    tiny, nothing = (QImage(300, 28, QImage.Format.Format_RGB32) for _ in range(2))
    for image, fraction in ((tiny, 1e-9), (nothing, 0.0)):
        image.fill(QColor(theme.colours.surface))
        painter = QPainter(image)
        row = LabelRow("positive", fraction, best=True)
        paint_row(painter, QRectF(0, 0, 300, 28), row, accent=True, look=theme.colours)
        painter.end()
    track = [x for x in range(300) if nothing.pixelColor(x, 14) == QColor(theme.colours.pressed)]
    inside = range(track[0] + 6, track[-1])
    assert all(tiny.pixel(x, y) == nothing.pixel(x, y) for x in inside for y in range(28))


def test_the_prompt_of_a_base_model_goes_on_in_write(base: Lab, desk: Desk) -> None:
    prompt = base.build.prompt
    base.qtbot.mouseClick(prompt.write, Qt.MouseButton.LeftButton)
    place = desk.went[-1]
    assert isinstance(place, WriteText)
    assert place.text.startswith("Review: ")
    assert prompt.text.text().endswith(place.text)


def test_a_prompt_with_control_tokens_in_it_is_not_offered_to_write(base: Lab) -> None:
    prompt = base.build.prompt
    text = prompt.text
    assert text.plain_text() == "".join(piece.text for piece in text._pieces[1:])
    text.show_pieces([*text._pieces, Piece("<|im_end|>", "template", control=True)])
    prompt._show_write()
    assert text.plain_text() is None
    assert not prompt.write.isEnabled()
    assert "control tokens" in prompt.write.toolTip()
