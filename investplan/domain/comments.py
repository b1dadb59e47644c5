"""Comments: whom they mention, and how long their author may change them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

MAX_COMMENT = 5_000
EDIT_FOR = timedelta(minutes=10)
MENTION = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE | re.ASCII)


def parts(text: str, usernames: Collection[str]) -> Iterator[tuple[str, str | None]]:
    """The text cut at its mentions: (text, None) for plain text, (text as written, username) for a mention.

    A mention is `@` and a known username; a full stop or dash after it is not part of it.

    >>> list(parts("Hej @planerare.un. Kolla!", {"planerare.un"}))
    [('Hej ', None), ('@planerare.un', 'planerare.un'), ('. Kolla!', None)]
    """
    at = 0
    for match in MENTION.finditer(text):
        name = _known(match[1].lower(), usernames)
        if name is None:
            continue
        if match.start() > at:
            yield text[at : match.start()], None
        at = match.start() + 1 + len(name)
        yield text[match.start() : at], name
    if at < len(text):
        yield text[at:], None


def _known(written: str, usernames: Collection[str]) -> str | None:
    while written and written not in usernames:
        shorter = written.rstrip("._-")
        if shorter == written:
            return None
        written = shorter
    return written or None


def mentioned(text: str, usernames: Collection[str]) -> list[str]:
    """The usernames that the text mentions, each once, in order."""
    return list(dict.fromkeys(name for _, name in parts(text, usernames) if name is not None))


def may_edit(written_at: datetime, now: datetime) -> bool:
    """Whether its author may still change a comment: others may have answered it since."""
    return now - written_at <= EDIT_FOR
