"""A file that was sent and looked at, but not yet taken: kept outside the web root, under a name of our own."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from investplan.errors import NotFoundError

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,60}")


@dataclass(frozen=True)
class Upload:
    """What was sent, by whom."""

    token: str
    content: bytes
    file_name: str
    mapping_toml: str
    user_id: int


def keep(folder: Path, content: bytes, *, file_name: str, mapping_toml: str, user_id: int) -> str:
    """The token under which the file is kept for a day."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(folder)
    token = secrets.token_urlsafe(24)
    (folder / f"{token}.bin").write_bytes(content)
    facts = {"file_name": file_name, "mapping_toml": mapping_toml, "user_id": user_id}
    (folder / f"{token}.json").write_text(json.dumps(facts), encoding="utf-8")
    return token


def find(folder: Path, token: str, *, user_id: int) -> Upload:
    """What the user sent.

    Raises:
        NotFoundError: no such file, forgotten by now, or sent by someone else.
    """
    facts_path = folder / f"{token}.json"
    if not _TOKEN.fullmatch(token) or not facts_path.exists():
        raise NotFoundError("upload", token[:60])
    facts = json.loads(facts_path.read_text(encoding="utf-8"))
    if facts["user_id"] != user_id:
        raise NotFoundError("upload", token[:60])
    return Upload(token, (folder / f"{token}.bin").read_bytes(), **facts)


def forget(folder: Path, token: str) -> None:
    for ending in ("bin", "json"):
        (folder / f"{token}.{ending}").unlink(missing_ok=True)


def _forget_old(folder: Path) -> None:
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)
