"""Which names of a repository are taken, and where their files go: no name chooses a folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

from nextword.network_errors import DownloadFailed, HubRefused

LONGEST_BYTES = 200
_DOS = re.compile(r"(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)")
_FORBIDDEN = frozenset('\\:*?"<>|')
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def safe_name(path: str) -> str:
    """Return the name that a repository's file has on this disk. Raises DownloadFailed("bad_name")."""
    parts = path.split("/")
    if not all(_is_safe(part) for part in parts) or not parts[-1].lower().endswith(".gguf"):
        raise DownloadFailed("bad_name", file=path[:300])
    return unicodedata.normalize("NFC", parts[-1])


def _is_safe(part: str) -> bool:
    try:
        length = len(part.encode())
    except UnicodeEncodeError:  # half a character
        return False
    plain = unicodedata.normalize("NFC", part)
    return (
        0 < length <= LONGEST_BYTES
        and len(plain.encode()) <= LONGEST_BYTES
        and part[0] not in ".-~ "
        and part[-1] not in ". "
        and not _DOS.match(unicodedata.normalize("NFKC", part))
        and not any(c in _FORBIDDEN or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp") for c in part)
        and not any(c in "/\\.:" and c not in part for c in unicodedata.normalize("NFKC", part))
    )


def check_repo(repo: str) -> str:
    """Return `repo` when it is a name that a hub can have. Raises HubRefused("missing_repo")."""
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo or repo.endswith((".git", ".ipynb")):
        raise HubRefused("missing_repo", repo[:200])
    return repo


def is_commit(revision: str) -> bool:
    """Say whether a revision is a whole commit, which never means other files later."""
    return _COMMIT.fullmatch(revision) is not None


def address_of(endpoint: str, repo: str, revision: str, path: str) -> str:
    """Return where a file is asked for. Raises DownloadFailed("bad_name") for a path that could lead elsewhere."""
    if any(part in ("", ".", "..") for part in path.split("/")) or "\\" in path:
        raise DownloadFailed("bad_name", file=path[:300])
    try:
        quoted = quote(path, safe="/")
    except UnicodeEncodeError as error:  # half a character
        raise DownloadFailed("bad_name", file=repr(path)[:300]) from error
    return f"{endpoint.rstrip('/')}/{check_repo(repo)}/resolve/{quote(revision, safe='')}/{quoted}"


def folder_of(models: Path, repo: str, revision: str) -> Path:
    """Return the folder for the files of one commit: `author--name/0123456789ab`."""
    slug = check_repo(repo).replace("/", "--").lower()
    return models / slug / revision[:12]
