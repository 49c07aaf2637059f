"""An experiment as one JSON file: everything that is needed to do it again, and what it gave.

The file says which model it was by SHA-256, and holds a hash of its own content, so that a damaged or altered one is
told from a true one. Nothing in it is run or loaded: a model is taken from the library by its hash alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nextword import __version__
from nextword.errors import CardNotUsable
from nextword.lab.results import ItemResult, RunFigures, RunResult, figures, predictions
from nextword.lab.sweep import ModelRef, Plan, cells
from nextword.whole_files import write_whole

FORMAT: Final = "nextword-experiment"
VERSION: Final = 1
MOST_BYTES: Final = 200 * 1024 * 1024
AnyCard = TypeVar("AnyCard", bound=Struct)
SUFFIX: Final = ".experiment.json"


class CardRun(Struct, frozen=True):
    """A run: its result with ids, log-probabilities, seeds and versions, and the figures for people."""

    result: RunResult
    figures: RunFigures


class Card(Struct, frozen=True):
    """See the module. created: seconds since 1970 (UTC) when the experiment began. digest: SHA-256 of the rest, hex."""

    format: str
    version: int
    name: str
    created: float
    app_version: str
    plan: Plan
    runs: tuple[CardRun, ...]
    digest: str = ""


class Difference(Struct, frozen=True):
    """Two results of the same run. largest: difference of the log-probabilities of one token or answer, in nats.

    item: where, index in the plan's test items, -1 for none. compared: how many numbers. changed: predictions that are
    other ones. other_tokens: items whose words or answers have other tokens, which cannot be compared.
    """

    place: int
    largest: float
    item: int
    compared: int
    changed: int
    other_tokens: int


def make(name: str, plan: Plan, results: Iterable[RunResult], *, created: float) -> Card:
    """Return the card of an experiment. Paths of model files stay on this machine: their names and hashes go out."""
    models = tuple(replace(model, path=Path(model.path).name) for model in plan.models)
    plan = replace(plan, models=models)
    runs = tuple(CardRun(result, figures(plan, result)) for result in results)
    card = Card(FORMAT, VERSION, name, float(created), __version__, plan, runs)
    return replace(card, digest=digest_of(card))


def write(card: Struct, path: Path) -> None:
    """Write a card; what is there is replaced only when the new one is whole. Raises OSError."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(card), indent=1))


def read(path: Path) -> Card:
    """Return the card in a file. Raises CardNotUsable."""
    card = read_as(path, FORMAT, Card)
    places = {cell.place: cell for cell in cells(card.plan)}
    if any(places.get(run.result.cell.place) != run.result.cell for run in card.runs):
        raise CardNotUsable(str(path), "changed", "runs")
    return card


def read_as(path: Path, wanted: str, kind: type[AnyCard]) -> AnyCard:
    """Return what a file of the format `wanted` holds, if its digest is right. Raises CardNotUsable."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CardNotUsable(str(path), "too_large", str(MOST_BYTES))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CardNotUsable(str(path), "missing") from error
    except PermissionError as error:
        raise CardNotUsable(str(path), "no_permission") from error
    except OSError as error:
        raise CardNotUsable(str(path), "unreadable", str(error)) from error
    card = _decoded(path, data, wanted, kind)
    if getattr(card, "digest", "") != digest_of(card):
        raise CardNotUsable(str(path), "changed")
    return card


def with_models(card: Card, path: Path, find: Callable[[str], str]) -> Plan:
    """Return the card's plan with the model files of this machine. find: from a SHA-256 to a path, "" for none.

    Raises CardNotUsable when a model is not here: another one would give other numbers.
    """
    return replace(card.plan, models=tuple(model_here(model, path, find) for model in card.plan.models))


def model_here(model: ModelRef, path: Path, find: Callable[[str], str]) -> ModelRef:
    """Return the same model with its file on this machine. Raises CardNotUsable."""
    here = find(model.sha256) if model.sha256 else ""
    if not here:
        raise CardNotUsable(str(path), "no_model", model.name or model.path)
    return replace(model, path=here)


def compared(plan: Plan, before: RunResult, after: RunResult) -> Difference:
    """Return how far two results of the same run are apart."""
    found = [0.0]
    places = [-1]
    numbers = other = 0
    for one, two in zip(_inputs(before), _inputs(after), strict=True):
        pairs = _pairs(before, one, after, two)
        if pairs is None:
            other += 1
            continue
        numbers += len(pairs)
        worst = max((_apart(a, b) for a, b in pairs), default=0.0)
        if worst > found[-1]:
            found.append(worst)
            places.append(one.item)
    changed = sum(a != b for a, b in zip(predictions(plan, before), predictions(plan, after), strict=True))
    return Difference(before.cell.place, found[-1], places[-1], numbers, changed, other)


def largest(differences: Sequence[Difference]) -> float:
    """Return the largest difference of several runs, in nats."""
    return max((one.largest for one in differences), default=0.0)


def _inputs(run: RunResult) -> list[ItemResult]:
    return [*run.items, *run.content_free]


def _pairs(before: RunResult, one: ItemResult, after: RunResult, two: ItemResult) -> list[tuple[float, float]] | None:
    """Return the numbers of an input side by side, None where they are of other tokens."""
    if one.item != two.item or one.used != two.used or one.answer_ids != two.answer_ids:
        return None
    if (before.ids if one.ids is None else one.ids) != (after.ids if two.ids is None else two.ids) and one.logprobs:
        return None
    first = [value for word in one.logprobs for value in word]
    second = [value for word in two.logprobs for value in word]
    if one.answer_ids:
        first.append(one.answer_logprob)
        second.append(two.answer_logprob)
    return list(zip(first, second, strict=True)) if len(first) == len(second) else None


def _apart(one: float, other: float) -> float:
    return 0.0 if one == other else abs(one - other) if math.isfinite(one) and math.isfinite(other) else math.inf


def _decoded(path: Path, data: bytes, wanted: str, kind: type[AnyCard]) -> AnyCard:
    try:
        loose = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CardNotUsable(str(path), "damaged", str(error)[:200]) from error
    if not isinstance(loose, dict) or loose.get("format") != wanted:
        raise CardNotUsable(str(path), "not_card")
    version = loose.get("version")
    if isinstance(version, int) and version > VERSION:
        raise CardNotUsable(str(path), "newer", str(version))
    try:
        return msgspec.convert(loose, type=kind)
    except msgspec.MsgspecError as error:
        raise CardNotUsable(str(path), "damaged", str(error)[:200]) from error


def digest_of(card: Struct) -> str:
    """Return the SHA-256 of all of a card but the digest itself."""
    return hashlib.sha256(msgspec.json.encode(replace(card, digest=""))).hexdigest()
