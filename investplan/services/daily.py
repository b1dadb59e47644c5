"""What is done once a day, from six in the morning: reminders of consultations, and a digest for each who wants one."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from investplan import queue
from investplan.db.models import Consultation, DailyJob, UserSetting
from investplan.domain.consultations import ConsultationState
from investplan.domain.waiting import Task, TaskKind
from investplan.services import consultations, form_drafts, mails, users, waiting
from investplan.services.work import STOCKHOLM, Work

FROM_HOUR = 6
KINDS = {
    "sv": {
        TaskKind.REPLY: "Svara på remiss",
        TaskKind.ANSWER: "Besvara remissvar",
        TaskKind.MENTION: "Du nämns i en kommentar",
        TaskKind.RETURNED: "Återsänt förslag",
        TaskKind.UNSAVED: "Text som inte är sparad",
        TaskKind.DRAFT: "Utkast som saknar uppgifter",
        TaskKind.GATE: "Redo för grind",
        TaskKind.DEADLINE: "I årshjulet",
    },
    "en": {
        TaskKind.REPLY: "Reply to a consultation",
        TaskKind.ANSWER: "Answer a reply",
        TaskKind.MENTION: "You are mentioned in a comment",
        TaskKind.RETURNED: "Proposal sent back",
        TaskKind.UNSAVED: "Text that is not saved",
        TaskKind.DRAFT: "Draft with something missing",
        TaskKind.GATE: "Ready for a gate",
        TaskKind.DEADLINE: "In the calendar",
    },
}
SUBJECTS = {"sv": "Väntar på dig: %(count)s", "en": "Waiting for you: %(count)s"}
BY = {"sv": "senast", "en": "by"}


def overdue(work: Work, *, patience_seconds: int = 0) -> bool:
    """Whether the day's work is still to be ordered, and there is any."""
    del patience_seconds
    if work.now().astimezone(STOCKHOLM).hour < FROM_HOUR:
        return False
    if work.session.get(DailyJob, work.today) is not None:
        return False
    asked = select(Consultation.id).where(Consultation.state == ConsultationState.OPEN.value).limit(1)
    wanted = select(UserSetting.user_id).where(UserSetting.wants_digest).limit(1)
    return any(work.session.scalar(query) is not None for query in (asked, wanted))


def sweep(work: Work, *, max_attempts: int, patience_seconds: int = 0) -> list[str]:
    """Order the day's work, once; returns the day."""
    del max_attempts
    if not overdue(work, patience_seconds=patience_seconds):
        return []
    work.session.add(DailyJob(day=work.today, ordered_at=work.now()))
    queue.after_commit(work.session, queue.CARRY_OUT_DAILY, work.today.toordinal(), now=work.now())
    return [work.today.isoformat()]


def carry_out(work: Work, *, mail_is_on: bool, public_url: str = "") -> None:
    """Remind, and write the digests; done twice it does nothing more."""
    form_drafts.clear_old(work)
    reminded = consultations.remind_due(work)
    if not mail_is_on:
        return
    mails.write_reminders(work, reminded, public_url)
    query = select(UserSetting).where(UserSetting.wants_digest, UserSetting.email != "")
    for setting in list(work.session.scalars(query.order_by(UserSetting.user_id))):
        if users.may_sign_in(setting.user, work.today):
            _write_digest(work, setting, public_url)


def _write_digest(work: Work, setting: UserSetting, public_url: str) -> None:
    tasks = waiting.tasks(Work(work.session, users.actor_of(setting.user), work.now))
    if not tasks:
        return
    subject = SUBJECTS.get(setting.language, SUBJECTS["sv"]) % {"count": len(tasks)}
    body = digest(tasks, setting.language, work.today)
    where = f"\n{public_url}\n" if public_url else ""
    mails.write(work, setting, f"digest:{work.today.isoformat()}", subject, body + where)


def digest(tasks: list[Task], language: str, today: date) -> str:
    """The tasks as plain text, one a line: what kind, what about, by when. Nobody's words but titles are told."""
    kinds, by = KINDS.get(language, KINDS["sv"]), BY.get(language, BY["sv"])
    lines = [
        f"- {kinds[one.kind]}: {' '.join(one.about.split())}" + (f", {by} {one.due_on}" if one.due_on else "")
        for one in tasks
    ]
    return "\n".join([today.isoformat(), "", *lines, ""])
