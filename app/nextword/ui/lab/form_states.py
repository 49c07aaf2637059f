"""What the forms of Sweep, Generation and Twins say, as texts to be kept, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from nextword.lab.columns import Column
from nextword.lab.task_set import json_text

if TYPE_CHECKING:
    from nextword.ui.lab.generation_form import GenerationForm
    from nextword.ui.lab.sweep_form import SweepForm

S = TypeVar("S", bound=Struct)


class SweepState(Struct, frozen=True):
    """items: 0 for all there are. models: paths, none where the loaded one is meant."""

    counts: tuple[int, ...]
    sets: int
    orders: int
    seeds: str
    formats: tuple[str, ...]
    models: tuple[str, ...]
    items: int


class GenerationState(Struct, frozen=True):
    """As the fields of the form."""

    items: int
    tokens: int
    temperature: float
    one_line: bool
    measure: str
    pattern: str


class TwinsState(Struct, frozen=True):
    """prompt: that of all columns."""

    prompt: str
    columns: tuple[Column, ...]


def sweep_text(form: SweepForm) -> str:
    """Return what a sweep's form says."""
    whole = form.items.value() >= form.items.maximum()
    return json_text(
        SweepState(
            tuple(count for count, button in form.counts.items() if button.isChecked()),
            form.sets.value(),
            form.orders.value(),
            form.seeds.text(),
            tuple(form.checked(form.formats)),
            tuple(form.checked(form.models)) if form.models_by_hand else (),
            0 if whole else form.items.value(),
        )
    )


def put_sweep_back(form: SweepForm, text: str) -> None:
    """Make it say that again; models that are gone are left out."""
    state = _decoded(text, SweepState)
    if state is None:
        return
    for count, button in form.counts.items():
        button.setChecked(count in state.counts)
    form.sets.setValue(state.sets)
    form.orders.setValue(state.orders)
    form.seeds.setText(state.seeds)
    form.items.setValue(state.items or form.items.maximum())
    form.check_formats(state.formats)
    if state.models:
        form.check_models(state.models)


def generation_text(form: GenerationForm) -> str:
    """Return what the form of a generation task says."""
    measure = str(form.measure.currentData())
    numbers = form.items.value(), form.tokens.value(), round(form.temperature.value(), 2)
    return json_text(GenerationState(*numbers, form.one_line.isChecked(), measure, form.pattern.text()))


def put_generation_back(form: GenerationForm, text: str) -> None:
    """Make it say that again."""
    state = _decoded(text, GenerationState)
    if state is None:
        return
    form.items.setValue(state.items)
    form.tokens.setValue(state.tokens)
    form.temperature.setValue(state.temperature)
    form.one_line.setChecked(state.one_line)
    form.pattern.setText(state.pattern)
    form.measure.setCurrentIndex(max(0, form.measure.findData(state.measure)))


def twins_text(prompt: str, columns: tuple[Column, ...]) -> str:
    """Return prompt and columns of the twins."""
    return json_text(TwinsState(prompt, columns))


def twins_from(text: str) -> TwinsState | None:
    """Return what `twins_text` made, None for anything else."""
    return _decoded(text, TwinsState)


def _decoded(text: str, kind: type[S]) -> S | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError):
        return None
