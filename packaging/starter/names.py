"""What the models and their files are called."""

from __future__ import annotations

BASE_NAME = "Nextword starter base"
INSTRUCT_NAME = "Nextword starter instruct"
DESCRIPTION = "tiny, made to show how language models work"
LICENCE = "cc0-1.0"
FILES = {"base": "nextword-starter-base.gguf", "instruct": "nextword-starter-instruct.gguf"}
