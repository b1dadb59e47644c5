"""A unit of work: one transaction, who does it, and the audit rows that go with it.

Every service function takes a `Work` first. The edge (a web request, a command, a job step) opens it with
`begin` or `look` and so owns the transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from investplan.db.models import AuditEntry, IdempotencyKey
from investplan.db.session import Database
from investplan.domain.organisations import Role, may
from investplan.errors import InvalidInputError, NotAllowedError, Note

STOCKHOLM = ZoneInfo("Europe/Stockholm")
GENESIS = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who does it. `user_id` None is the system itself (set-up, the worker)."""

    user_id: int | None
    name: str
    role: Role | None
    organisation_id: int | None = None


SYSTEM = Actor(None, "investplan", Role.ADMINISTRATOR)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Work:
    """One transaction on behalf of one actor.

    Attributes:
        after_commit: What the edge calls when the transaction has been committed (waking the relay, say).
    """

    session: Session
    actor: Actor
    now: Callable[[], datetime] = _now
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The date in Sweden, which is what decisions and validity go by."""
        return self.now().astimezone(STOCKHOLM).date()

    def require(self, action: str, *, organisation_id: int | None = None) -> None:
        """Deny by default.

        Raises:
            NotAllowedError: the actor's role may not do `action`, or not on that organisation's records.
        """
        own = organisation_id is None or organisation_id == self.actor.organisation_id
        if not may(self.actor.role, action, own=own):
            raise NotAllowedError(action)

    def record(
        self,
        action: str,
        noun: str,
        key: object,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> AuditEntry:
        """Append the audit row of a change, linked to the row before it."""
        self.session.flush()
        last = self.session.execute(
            select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)
        ).scalar_one_or_none()
        entry = AuditEntry(
            seq=(last.seq if last else 0) + 1,
            at=self.now(),
            actor_id=self.actor.user_id,
            actor_name=self.actor.name,
            action=action,
            noun=noun,
            key=str(key),
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            reason=reason,
            previous_hash=last.hash if last else GENESIS,
        )
        entry.hash = hash_entry(entry)
        self.session.add(entry)
        self.session.flush()
        return entry


def canonical_json(value: object) -> str:
    """JSON text that is the same for the same content: sorted keys, no spaces, whole numbers and text only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def hash_entry(entry: AuditEntry) -> str:
    """SHA-256 over the row's content and the hash of the row before it."""
    content = [
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.noun,
        entry.key,
        entry.before,
        entry.after,
        entry.reason,
        entry.previous_hash,
    ]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@contextmanager
def begin(database: Database, actor: Actor = SYSTEM) -> Iterator[Work]:
    """A write transaction for a command or a job step: all of it, or nothing."""
    with database.write() as session:
        work = Work(session, actor)
        yield work
    for call in work.after_commit:
        call()


@contextmanager
def look(database: Database, actor: Actor = SYSTEM) -> Iterator[Work]:
    """A read transaction."""
    with database.read() as session:
        yield Work(session, actor)


def once(work: Work, action: str, key: str, body: Mapping[str, Any], create: Callable[[], int]) -> int:
    """The id that `create` returns, carried out once per actor, action and key.

    Args:
        key: Made by the client (a hidden field of the form, an `Idempotency-Key` header); empty means no promise.
        body: What was asked for; the same key with another body is refused.

    Raises:
        InvalidInputError: the key was used for something else.
    """
    if not key:
        return create()
    body_hash = hashlib.sha256(canonical_json(body).encode()).hexdigest()
    actor_id = work.actor.user_id or 0
    done = work.session.execute(
        select(IdempotencyKey).where(
            IdempotencyKey.actor_id == actor_id, IdempotencyKey.action == action, IdempotencyKey.key == key
        )
    ).scalar_one_or_none()
    if done is not None:
        if done.body_hash != body_hash:
            raise InvalidInputError({"key": Note("Samma formulär har redan skickats med annat innehåll.")})
        return done.record_id
    record_id = create()
    work.session.add(
        IdempotencyKey(
            actor_id=actor_id, action=action, key=key, body_hash=body_hash, record_id=record_id, at=work.now()
        )
    )
    work.session.flush()
    return record_id
