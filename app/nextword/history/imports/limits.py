"""How much an import takes at most, so that no file can fill memory or disk."""

from __future__ import annotations

from typing import Final

LARGEST_FILE_BYTES: Final = 4 << 30
LARGEST_CONVERSATION_BYTES: Final = 64 << 20
"""Of one conversation, or one line, as it stands in the file."""
MOST_MESSAGES: Final = 50_000
"""In one conversation."""
MOST_FILES: Final = 200_000
"""In one archive or folder."""
LARGEST_DIRECTORY_BYTES: Final = 64 << 20
"""Of the list of names at the end of a zip file."""
LARGEST_RATIO: Final = 200
"""Bytes unpacked for each packed byte; real exports of text stay below 30."""
LARGEST_DEPTH: Final = 6
"""Folders within the folder that was chosen."""
