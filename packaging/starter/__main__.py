"""`python -m starter STEP`: the steps of the pipeline, one by one or all of them."""

from __future__ import annotations

import argparse
import sys

from starter import settings
from starter.missing import PackageMissingError, needed
from starter.problems import PipelineError


def _tokenizer(options: argparse.Namespace) -> None:
    from starter import steps

    steps.make_tokenizer(again=options.again)


def _corpus(options: argparse.Namespace) -> None:
    from starter import data
    from starter.tokenizer import Codec

    print(data.write_shard(options.group, options.shard, Codec()))


def _base(options: argparse.Namespace) -> None:
    needed("torch")
    from starter import steps

    steps.train_base(minutes=options.minutes, tokens=options.tokens)


def _instruct(options: argparse.Namespace) -> None:
    needed("torch")
    from starter import steps

    steps.train_instruct(minutes=options.minutes, tokens=options.tokens, again=options.again)


def _export(options: argparse.Namespace) -> None:
    needed("torch")
    from starter import steps

    steps.export(settings.WORK)
    del options


def _eval(options: argparse.Namespace) -> None:
    from starter import steps

    steps.evaluate(
        folder=settings.WORK if options.work else settings.MODELS, rows=options.rows, threads=options.threads
    )


def _ship(options: argparse.Namespace) -> None:
    from starter import steps

    steps.ship(force=options.force)


def _build(options: argparse.Namespace) -> None:
    needed("torch")
    from starter import steps

    steps.make_tokenizer(again=False)
    steps.train_base(minutes=options.minutes, tokens=options.tokens)
    steps.train_instruct(minutes=None, tokens=None, again=False)
    steps.export(settings.WORK)
    steps.evaluate(folder=settings.WORK, rows=None)
    steps.ship(force=options.force)


STEPS = {
    "build": (_build, "everything, from the tokenizer to the shipped files"),
    "tokenizer": (_tokenizer, "learn the vocabulary"),
    "corpus": (_corpus, "write one shard of training data"),
    "base": (_base, "train the base model, or go on training it"),
    "instruct": (_instruct, "tune the base model on chats"),
    "export": (_export, "write both GGUF files into the work folder"),
    "eval": (_eval, "print the table of figures of the shipped files"),
    "ship": (_ship, "move the exported files to resources/models, unless those are better"),
}


def parser() -> argparse.ArgumentParser:
    """Return the command line's description."""
    described = argparse.ArgumentParser(prog="python -m starter", description=__doc__)
    steps = described.add_subparsers(dest="step", required=True)
    for name, (run, text) in STEPS.items():
        step = steps.add_parser(name, help=text)
        step.set_defaults(run=run)
        if name in ("build", "base", "instruct"):
            step.add_argument("--minutes", type=float, help="end within this many minutes of training")
            step.add_argument("--tokens", type=int, help="end after this many tokens")
        if name in ("tokenizer", "instruct"):
            step.add_argument("--again", action="store_true", help="start this step from its beginning")
        if name in ("build", "ship"):
            step.add_argument("--force", action="store_true", help="replace shipped models even by worse ones")
        if name == "corpus":
            step.add_argument("--group", required=True)
            step.add_argument("--shard", type=int, required=True)
        if name == "eval":
            step.add_argument("--work", action="store_true", help="evaluate the work folder's files instead")
            step.add_argument("--rows", nargs="*", help="only these rows of the table")
            step.add_argument("--threads", type=int, default=1)
    return described


def main() -> int:
    """Run one step; return the exit status."""
    options = parser().parse_args()
    try:
        options.run(options)
    except (PackageMissingError, PipelineError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
