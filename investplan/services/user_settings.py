"""What each user has chosen: mail, language of mails, and the secret address of the own calendar."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import select

from investplan.db.models import UserSetting
from investplan.errors import ConflictError, InvalidInputError, NotAllowedError, Note
from investplan.services import users
from investplan.services.work import Actor, Work

ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\"]{2,}")
LANGUAGES = ("sv", "en")


@dataclass(frozen=True)
class SettingFacts:
    """`email` may be empty: then nothing is ever mailed."""

    email: str = ""
    wants_digest: bool = False
    language: str = "sv"


@dataclass(frozen=True)
class Kept:
    """The actor's own settings; `version` 0 where it has chosen nothing. `has_feed`: a calendar address is in use."""

    facts: SettingFacts
    version: int = 0
    has_feed: bool = False


def _row(work: Work) -> UserSetting | None:
    work.require("see")
    return work.session.get(UserSetting, work.actor.user_id) if work.actor.user_id else None


def own(work: Work) -> Kept:
    """The actor's settings."""
    row = _row(work)
    if row is None:
        return Kept(SettingFacts())
    return Kept(
        SettingFacts(row.email, bool(row.wants_digest), row.language), row.version, row.feed_hash is not None
    )


def save(work: Work, facts: SettingFacts, *, seen_version: int) -> Kept:
    """Change the actor's own settings.

    Raises:
        ConflictError: they were changed in another window after `seen_version`.
        InvalidInputError: not an address, or a digest without one.
    """
    before = own(work)
    faults: dict[str, Note] = {}
    email = facts.email.strip()
    if email and (len(email) > 254 or not ADDRESS.fullmatch(email)):
        faults["email"] = Note("Skriv en e-postadress, till exempel namn@kommunen.se.")
    if facts.wants_digest and not email:
        faults["email"] = Note("Skriv adressen som sammandraget ska skickas till.")
    if facts.language not in LANGUAGES:
        faults["language"] = Note("Välj ett av alternativen.")
    if faults:
        raise InvalidInputError(faults)
    if before.version != seen_version:
        raise ConflictError("user setting", work.actor.name, stored={}, submitted={})
    row = _made(work)
    row.email, row.wants_digest, row.language = email, facts.wants_digest, facts.language
    row.version += 1
    # The address is the user's own: the log tells that it was changed, not what it is.
    after = {"wants_digest": facts.wants_digest, "language": facts.language, "has_email": bool(email)}
    work.record("save own settings", "user", work.actor.user_id or "", after=after)
    return own(work)


def _made(work: Work) -> UserSetting:
    if work.actor.user_id is None:
        raise NotAllowedError("save own settings")
    row = _row(work)
    if row is None:
        row = UserSetting(user_id=work.actor.user_id, email="", wants_digest=False, language="sv", version=0)
        work.session.add(row)
    return row


def renew_feed(work: Work) -> str:
    """A new secret token for the actor's calendar address; the one before stops working at once. Told only now."""
    token = secrets.token_urlsafe(32)
    _made(work).feed_hash = _hash(token)
    work.record("renew calendar address", "user", work.actor.user_id or "")
    return token


def end_feed(work: Work) -> None:
    """Let the calendar address stop working."""
    row = _row(work)
    if row is not None and row.feed_hash is not None:
        row.feed_hash = None
        work.record("end calendar address", "user", work.actor.user_id or "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of_token(work: Work, token: str) -> tuple[Actor, str] | None:
    """Whose calendar the token opens, if that user is still valid, and in which language."""
    row = work.session.scalar(select(UserSetting).where(UserSetting.feed_hash == _hash(token)))
    if row is None or not users.may_sign_in(row.user, work.today):
        return None
    return users.actor_of(row.user), row.language
