"""The command nextword: a window, or a self-test or a description without one; imports nothing heavy at the top."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nextword


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit status: 0 well, 1 a failed test or file, 2 no window."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.json and not options.describe:
        parser.error("--json goes with --describe FILE")
    if options.self_test:
        from nextword.self_test import run as run_self_test

        return run_self_test(model=_absolute(options.model), profile=_absolute(options.profile))
    if options.describe:
        from nextword.describe import run as run_description

        return run_description(options.describe.expanduser().absolute(), as_json=options.json)
    return _open_window(options)


def _open_window(options: argparse.Namespace) -> int:
    from nextword.ui.display import missing_display, words_for_import_error

    sentence = missing_display(os.environ)
    if sentence:
        return _refuse(sentence)
    try:
        from nextword.ui.application import Options, run
    except ImportError as error:
        if error.name is not None and not error.name.startswith("PySide6"):
            raise
        return _refuse(words_for_import_error(error))
    return run(
        Options(
            profile=_absolute(options.profile),
            safe_mode=options.safe_mode,
            model_file=_absolute(options.file),
            only_add=options.add,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nextword", description="Chat with, and experiments on, language models that run on this machine."
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE.gguf", help="a model file to add and to use")
    parser.add_argument("--add", action="store_true", help="only put FILE.gguf into the list, do not load it")
    parser.add_argument("--version", action="version", version=f"nextword {nextword.__version__}")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="keep settings, history and models in DIR")
    parser.add_argument(
        "--safe-mode", action="store_true", help="start with the built-in settings and without loading a model"
    )
    parser.add_argument(
        "--self-test", action="store_true", help="check engine, model and history without a window; print JSON"
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="the model file for --self-test")
    parser.add_argument(
        "--describe", type=Path, metavar="FILE", help="print what a model file says about itself, without loading it"
    )
    parser.add_argument("--json", action="store_true", help="print the description as JSON")
    return parser


def _absolute(path: Path | None) -> Path | None:
    """Return a path that still holds after the program has changed its folder."""
    return None if path is None else path.expanduser().absolute()


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"nextword: {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
