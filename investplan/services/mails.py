"""Mails: written once, in the transaction of what they tell of, and sent at most once by the worker.

A mail whose sending failed is tried again; one whose sending was cut short is left, since it may have arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from investplan import queue
from investplan.db.models import Consultation, ConsultationParty, Mail, User, UserSetting
from investplan.exchange.mail_client import Message
from investplan.services import users
from investplan.services.work import Work

PATIENCE_SECONDS = 300
MAX_ATTEMPTS = 4
REMINDER = {
    "sv": ("Påminnelse om remiss: %(title)s", "%(party)s har inte svarat på remissen om %(title)s. Svar senast %(due)s."),
    "en": ("Reminder of a consultation: %(title)s", "%(party)s has not replied to the consultation on %(title)s. Reply by %(due)s."),
}  # fmt: skip


def write(work: Work, setting: UserSetting, key: str, subject: str, body: str) -> bool:
    """Write a mail to a user and have it sent once the transaction commits; False where that `key` is written already."""
    known = select(Mail.id).where(Mail.user_id == setting.user_id, Mail.key == key)
    if work.session.scalar(known) is not None:
        return False
    mail = Mail(
        user_id=setting.user_id,
        key=key,
        address=setting.email,
        subject=" ".join(subject.split())[:200],
        body=body,
        written_at=work.now(),
    )
    work.session.add(mail)
    work.session.flush()
    queue.after_commit(work.session, queue.SEND_MAIL, mail.id, now=work.now())
    return True


def write_reminders(work: Work, parties: Sequence[ConsultationParty], public_url: str = "") -> int:
    """Mail to everybody with an address in the organisations that were reminded today; how many were written."""
    count = 0
    for party in parties:
        for setting in _settings_of(work, party.organisation_id):
            subject, body = REMINDER.get(setting.language, REMINDER["sv"])
            consultation: Consultation = party.consultation
            facts = {
                "title": consultation.proposal.title,
                "party": party.organisation.name,
                "due": consultation.due_on.isoformat(),
            }
            where = f"\n\n{public_url.rstrip('/')}/consultations/{consultation.id}" if public_url else ""
            key = f"reminder:{party.id}:{work.today.isoformat()}"
            count += write(work, setting, key, subject % facts, body % facts + where + "\n")
    return count


def _settings_of(work: Work, organisation_id: int) -> list[UserSetting]:
    query = select(UserSetting).join(UserSetting.user).where(User.organisation_id == organisation_id, UserSetting.email != "")  # fmt: skip
    return [one for one in work.session.scalars(query) if users.may_sign_in(one.user, work.today)]


def claim(work: Work, mail_id: int) -> Message | None:
    """The mail to send now; None where it is sent, being sent, or given up. Commit before sending."""
    mail = work.session.get(Mail, mail_id)
    if mail is None or mail.sent_at is not None or mail.attempts >= MAX_ATTEMPTS:
        return None
    if mail.tried_at is not None and not mail.error:
        return None
    mail.attempts += 1
    mail.tried_at, mail.error = work.now(), ""
    return Message(mail.address, mail.subject, mail.body)


def finish(work: Work, mail_id: int, error: str = "") -> None:
    """Keep how the sending went."""
    mail = work.session.get_one(Mail, mail_id)
    if error:
        mail.error = error[:300]
    else:
        mail.sent_at = work.now()


def _failed(work: Work, patience_seconds: int) -> ColumnElement[bool]:
    """Mails that nobody has tried for long, or whose latest try failed long ago."""
    before = work.now() - timedelta(seconds=max(patience_seconds, PATIENCE_SECONDS))
    never = and_(Mail.tried_at.is_(None), Mail.written_at < before)
    failed = and_(Mail.error != "", Mail.tried_at < before)
    return and_(Mail.sent_at.is_(None), Mail.attempts < MAX_ATTEMPTS, or_(never, failed))


def overdue(work: Work, *, patience_seconds: int = PATIENCE_SECONDS) -> bool:
    """Whether some mail is to be tried again."""
    return work.session.scalar(select(Mail.id).where(_failed(work, patience_seconds)).limit(1)) is not None


def sweep(work: Work, *, max_attempts: int, patience_seconds: int = PATIENCE_SECONDS) -> list[int]:
    """Send those mails out again; returns which."""
    del max_attempts
    found = list(work.session.scalars(select(Mail).where(_failed(work, patience_seconds)).order_by(Mail.id)))
    for mail in found:
        # Pushed ahead, so that the next sweep leaves it alone while the message is on its way.
        mail.written_at = work.now()
        mail.tried_at = work.now() if mail.error else mail.tried_at
        queue.after_commit(work.session, queue.SEND_MAIL, mail.id, now=work.now())
    return [mail.id for mail in found]
