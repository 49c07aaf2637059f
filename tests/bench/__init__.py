"""Figures: `python -m tests.bench NAME`, one line of JSON for each."""

import sys
from pathlib import Path

# pytest has it from pyproject.toml: some figures need the set-up's modules
sys.path.append(str(Path(__file__).resolve().parents[2] / "packaging"))
