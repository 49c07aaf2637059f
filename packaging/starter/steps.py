"""The steps behind the command line."""

from __future__ import annotations

import dataclasses
import random

from starter import settings
from starter.missing import needed
from starter.problems import PipelineError
from starter.sources import document_source
from starter.tokenizer import Codec, train

TOKENIZER_CHARACTERS = 5_000_000
TOKENIZER_SHARES = {"text": 0.80, "tasks": 0.12, "made_up": 0.05, "lookup": 0.03}


def _tokenizer_texts() -> list[str]:
    texts: list[str] = []
    for group, share in TOKENIZER_SHARES.items():
        source = random.Random(f"{settings.SEED}/tokenizer/{group}")
        draw = document_source(group)
        left = share * TOKENIZER_CHARACTERS
        while left > 0:
            texts.append("".join(piece.text for piece in draw(source)))
            left -= len(texts[-1])
    return texts


def make_tokenizer(*, again: bool) -> None:
    """Learn the vocabulary from a sample of the corpus, unless that is done."""
    needed("tokenizers")
    path = settings.WORK / "tokenizer.json"
    if path.exists() and not again:
        return
    settings.WORK.mkdir(parents=True, exist_ok=True)
    train(_tokenizer_texts(), path)
    print(f"tokenizer: {Codec(path).size} tokens in {path}")


def _budget(stage: settings.Stage, minutes: float | None, tokens: int | None) -> settings.Stage:
    changes = {"minutes": minutes, "tokens": tokens}
    return dataclasses.replace(stage, **{name: value for name, value in changes.items() if value is not None})


def train_base(*, minutes: float | None, tokens: int | None) -> None:
    """Train the base model; a checkpoint of an earlier run is continued."""
    import torch

    from starter import train as training
    from starter.ladder import Ladder
    from starter.model import Shape, StarterModel

    torch.set_num_threads(settings.THREADS)
    stage = _budget(settings.BASE, minutes, tokens)
    run = training.Training(
        stage,
        StarterModel(Shape(vocab=settings.VOCABULARY), settings.SEED),
        shares=settings.BASE_SHARES,
        lengths=settings.BASE_LENGTHS,
        report=Ladder(Codec()),
    )
    _go(run)


def train_instruct(*, minutes: float | None, tokens: int | None, again: bool) -> None:
    """Tune the trained base model on chats; a checkpoint of an earlier run is continued."""
    import torch

    from starter import train as training
    from starter.ladder import Ladder

    torch.set_num_threads(settings.THREADS)
    begin = settings.WORK / "base" / "checkpoint.pt"
    if not begin.exists():
        raise PipelineError("There is no base model to tune yet: run `python -m starter base` first.")
    stage = _budget(settings.INSTRUCT, minutes, tokens)
    run = training.Training(
        stage,
        training.load_model(begin),
        shares=settings.INSTRUCT_SHARES,
        lengths=settings.INSTRUCT_LENGTHS,
        report=Ladder(Codec()),
    )
    if again:
        run.path.unlink(missing_ok=True)
    _go(run)


def _go(run) -> None:  # type: ignore[no-untyped-def]
    from starter.train import compiled

    if run.resume():
        print(f"{run.stage.name}: continuing at {run.tokens:,} tokens", flush=True)
    compiled(run.model)
    run.run()
