"""People: signing in, sessions that can be ended, and rights that hold at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select

from investplan.db.models import User, UserSession
from investplan.domain.organisations import OF_ORGANISATION, Role
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services.work import Actor, Work

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128
_hasher = PasswordHasher()
UNUSABLE = "!"
# A stranger's name must take as long to refuse as a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def everyone(work: Work) -> list[User]:
    """All users by name."""
    work.require("administer")
    return list(work.session.scalars(select(User).order_by(User.display_name)))


def add(
    work: Work,
    *,
    username: str,
    display_name: str,
    password: str,
    role: Role,
    organisation_id: int | None,
    valid_from: date,
    valid_to: date | None = None,
) -> User:
    """A new user.

    Raises:
        InvalidInputError: empty or taken name, password outside 8-128 characters, a planner without organisation.
    """
    work.require("administer")
    _refuse_bad(work, username, display_name, password, role, organisation_id)
    user = User(
        username=username.strip().lower(),
        display_name=display_name.strip(),
        password_hash=_hasher.hash(password),
        role=role.value,
        organisation_id=organisation_id,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    work.session.add(user)
    work.record("add user", "user", user.username, after=to_json(user))
    return user


def _refuse_bad(
    work: Work, username: str, display_name: str, password: str, role: Role, organisation_id: int | None
) -> None:
    faults: dict[str, Note] = {}
    name = username.strip().lower()
    if not name or len(name) > 80:
        faults["username"] = Note("Användarnamnet ska ha 1–80 tecken.")
    elif work.session.scalar(select(User.id).where(User.username == name)) is not None:
        faults["username"] = Note("Användarnamnet %(name)s används redan.", {"name": name})
    if not display_name.strip() or len(display_name) > 120:
        faults["display_name"] = Note("Namnet ska ha 1–120 tecken.")
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        faults["password"] = Note("Lösenordet ska ha 8–128 tecken.")
    if role in OF_ORGANISATION and organisation_id is None:
        faults["organisation_id"] = Note(
            "En planerare eller förvaltningschef hör till en nämnd eller ett bolag."
        )
    if faults:
        raise InvalidInputError(faults)


def end(work: Work, user_id: int, *, valid_to: date) -> User:
    """Let a user's rights end: nobody signs in with that name again, and every open session ends at once."""
    work.require("administer")
    user = work.session.get(User, user_id)
    if user is None:
        raise NotFoundError("user", user_id)
    before = to_json(user)
    user.valid_to = max(valid_to, user.valid_from)
    user.password_hash = UNUSABLE
    user.epoch += 1
    user.version += 1
    work.record("end user", "user", user.username, before=before, after=to_json(user))
    return user


def to_json(user: User) -> dict[str, object]:
    """What the audit keeps of a user: never the password."""
    return {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "organisation_id": user.organisation_id,
        "valid_from": user.valid_from.isoformat(),
        "valid_to": user.valid_to.isoformat() if user.valid_to else None,
    }


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.display_name, Role(user.role), user.organisation_id)


def is_valid(user: User, today: date) -> bool:
    """Whether the user may sign in on that day."""
    return user.valid_from <= today and (user.valid_to is None or user.valid_to >= today)


def may_sign_in(user: User, today: date) -> bool:
    """Whether the user's rights hold: valid that day, and not ended."""
    return user.password_hash != UNUSABLE and is_valid(user, today)


def sign_in(work: Work, username: str, password: str) -> str | None:
    """A new session's token, or None when name or password is wrong or the user is not valid today."""
    user = work.session.scalar(select(User).where(User.username == username.strip().lower()[:80]))
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password[:MAX_PASSWORD_LENGTH])
    except (Argon2Error, InvalidHashError):
        user = None
    if user is None or not is_valid(user, work.today):
        return None
    token = secrets.token_urlsafe(32)
    now = work.now()
    work.session.add(
        UserSession(token_hash=_hash(token), user_id=user.id, epoch=user.epoch, created_at=now, seen_at=now)
    )
    Work(work.session, actor_of(user), work.now).record("sign in", "user", user.username)
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(work: Work, token: str, *, longest: timedelta) -> User | None:
    """Whose session the token opens, if it still does: not too old, rights unchanged, valid today.

    That it has not been idle is the edge's to know: a page that is only read must not write.
    """
    session = work.session.get(UserSession, _hash(token))
    if session is None or work.now() - session.created_at > longest:
        return None
    if session.epoch != session.user.epoch or not is_valid(session.user, work.today):
        return None
    return session.user


def owner_of(work: Work, token: str) -> int | None:
    """Whose session the token was of, also where it opens nothing any more; None where that is not known."""
    session = work.session.get(UserSession, _hash(token))
    return session.user_id if session is not None else None


def sign_out(work: Work, token: str) -> None:
    """End the session."""
    work.session.execute(delete(UserSession).where(UserSession.token_hash == _hash(token)))
    work.record("sign out", "user", work.actor.user_id or "")
