"""Where the files that ship with the program lie: in the wheel, a frozen build or a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "resources"
_CHECKOUT = _PACKAGE.parents[1] / "resources"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT

MODELS = ROOT / "models"
ICONS = ROOT / "icons"
DATA = ROOT / "data"
PRESETS = ROOT / "presets"
STARTER_BASE = MODELS / "nextword-starter-base.gguf"
STARTER_INSTRUCT = MODELS / "nextword-starter-instruct.gguf"
