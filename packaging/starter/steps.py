"""The steps behind the command line."""

from __future__ import annotations

import dataclasses
import random
import shutil
import sys
from pathlib import Path

from starter import figures, settings
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


def export(folder: Path) -> None:
    """Write both checkpoints as GGUF files into `folder`; llama.cpp must read text as training did."""
    from starter import tokenizer_check
    from starter.export import write_gguf
    from starter.llama import Llama
    from starter.names import FILES
    from starter.train import load_model

    codec = Codec()
    for kind, name in FILES.items():
        checkpoint = settings.WORK / kind / "checkpoint.pt"
        if not checkpoint.exists():
            raise PipelineError(f"There is no {kind} checkpoint yet: run `python -m starter {kind}` first.")
        write_gguf(load_model(checkpoint), codec, kind=kind, path=folder / name)
        print(f"export: {folder / name}, {(folder / name).stat().st_size:,} bytes")
    model = Llama(folder / FILES["base"], threads=1)
    wrong = tokenizer_check.differences(model, codec, tokenizer_check.strings())
    model.close()
    if wrong:
        raise PipelineError(f"llama.cpp reads {len(wrong)} texts differently, the first one: {wrong[0]!r}")
    print(f"export: {tokenizer_check.STRINGS} texts have the same token ids in llama.cpp")


def evaluate(*, folder: Path, rows: list[str] | None, threads: int = 1) -> None:
    """Print the table for the files in `folder`; a whole table is stored beside them.

    One thread by default: threads that wait for each other on a busy processor are far slower than one.
    """
    from starter import evaluate_base, evaluate_instruct
    from starter.llama import Llama
    from starter.names import FILES

    needed("llama_cpp")
    found: list[figures.Figure] = []
    for kind, table in (("base", evaluate_base.ROWS), ("instruct", evaluate_instruct.ROWS)):
        chosen = [row for row in table if not rows or f"{kind}_{row.__name__}" in rows]
        if not chosen:
            continue
        path = folder / FILES[kind]
        if not path.exists():
            raise PipelineError(f"{path} is not there: nothing to evaluate.")
        model = Llama(path, threads=threads)
        for row in chosen:
            found.append(row(model))
            print(f"{found[-1].key}: {found[-1].measured} ({found[-1].verdict})", file=sys.stderr, flush=True)
        model.close()
    print(figures.markdown(found))
    print(figures.json_lines(found))
    if not rows:
        figures.save(found, folder)


def refusal(new: list[figures.Figure] | None, old: list[figures.Figure] | None) -> str | None:
    """Return why the new models must not replace the old ones; None if they may."""
    if new is None:
        return "The new models have no figures: run `python -m starter eval --work` first."
    if old is not None and figures.worth(new) < figures.worth(old):
        return (
            f"The shipped models are better ({figures.worth(old):.4f} against {figures.worth(new):.4f}, mean of all "
            "scores): nothing was replaced. `ship --force` replaces them all the same."
        )
    return None


def ship(*, force: bool) -> None:
    """Put the exported files and their figures where the application finds them."""
    from starter.names import FILES

    missing = [name for name in FILES.values() if not (settings.WORK / name).exists()]
    if missing:
        raise PipelineError(f"Not exported yet: {', '.join(missing)}. Run `python -m starter export` first.")
    reason = refusal(figures.load(settings.WORK), figures.load(settings.MODELS))
    if reason and not force:
        raise PipelineError(reason)
    settings.MODELS.mkdir(parents=True, exist_ok=True)
    for name in (*FILES.values(), figures.FILE):
        if not (settings.WORK / name).exists():
            continue
        partial = settings.MODELS / (name + ".partial")
        shutil.copyfile(settings.WORK / name, partial)
        partial.replace(settings.MODELS / name)
        print(f"ship: {settings.MODELS / name}")
