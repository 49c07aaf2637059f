"""Puts packaging/ on the import path: the training pipeline is not part of the installed application."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
