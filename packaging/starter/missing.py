"""A clear sentence when a package of the pipeline is not installed."""

from __future__ import annotations

import importlib
from types import ModuleType

PURPOSE = {
    "torch": "PyTorch trains the models",
    "numpy": "NumPy holds the token arrays",
    "tokenizers": "the tokenizers library learns the vocabulary",
    "gguf": "gguf writes the model files",
    "llama_cpp": "llama-cpp-python runs the shipped models for evaluation",
}


class PackageMissingError(RuntimeError):
    """A package that this step needs is not installed; the message is for people."""

    def __init__(self, package: str) -> None:
        self.package = package
        why = PURPOSE.get(package, "this step needs it")
        super().__init__(
            f"The package {package} is missing ({why}). "
            "Install the pipeline's packages with: pip install -r packaging/starter/requirements.txt"
        )


def needed(package: str) -> ModuleType:
    """Return the imported package, or raise PackageMissingError."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise PackageMissingError(package) from error
