"""The day's reminders and digests: ordered once, written once, sent at most once, by a real SMTP server on a socket."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.policy import default

import pytest
from sqlalchemy import select

from investplan import queue, tasks
from investplan.config import Settings
from investplan.db.models import Mail, Outbox, Reminder, User, UserSetting
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.services import consultations, daily, mails, proposals
from investplan.services.consultations import Asked
from investplan.services.work import Work, begin
from tests import factories

MORNING = datetime(2026, 5, 20, 5, 0, tzinfo=UTC)  # seven in Stockholm


@dataclass
class Post:
    """A mail server that keeps what it is given, or refuses every recipient."""

    port: int = 0
    refusing: bool = False
    received: list[bytes] = field(default_factory=list)


@pytest.fixture
def post() -> Iterator[Post]:
    kept = Post()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    content = b""
                    while (line := self.rfile.readline()) != b".\r\n":
                        content += line
                    kept.received.append(content)
                    self.wfile.write(b"250 kept\r\n")
                elif verb == b"RCPT" and kept.refusing:
                    self.wfile.write(b"550 nobody here\r\n")
                else:
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join(5)


@pytest.fixture
def asked(database: Database) -> int:
    """UN asks KFN, whose planner wants a digest in English; the reply is due in two days. The consultation's id."""
    with begin(database) as work:
        work.now = lambda: MORNING
        factories.committee(work)
        kfn = factories.committee(work, "KFN", "Kultur- och fritidsnämnden")
        found = factories.planning_round(work)
        proposal = proposals.create(work, found.id, factories.facts(title="Skola i Åby"))
        user = User(username="kfn", display_name="K", password_hash="x", role=Role.PLANNER.value, organisation_id=kfn.id,
                    valid_from=factories.START_OF_TIME)  # fmt: skip
        work.session.add(user)
        work.session.flush()
        work.session.add(
            UserSetting(user_id=user.id, email="k@example.org", wants_digest=True, language="en")
        )
        made = consultations.ask(work, proposal.id, Asked(date(2026, 5, 22), {kfn.id: True}))
        return made.id


def at(database: Database, now: datetime, act: object) -> None:
    with begin(database) as work:
        work.now = lambda: now
        act(work)  # type: ignore[operator]


def settings_for(post: Post) -> Settings:
    return Settings(
        smtp_host="127.0.0.1", smtp_port=post.port, smtp_starttls=False, smtp_from="plan@example.org"
    )


def all_mails(database: Database) -> list[Mail]:
    with database.read() as session:
        found = list(session.scalars(select(Mail).order_by(Mail.id)))
        session.expunge_all()
        return found


def test_the_day_is_ordered_once_from_six_in_the_morning(database: Database, asked: int) -> None:
    del asked
    ordered: list[list[str]] = []

    def order(work: Work) -> None:
        ordered.append(daily.sweep(work, max_attempts=4))

    at(database, MORNING - timedelta(hours=2), order)
    at(database, MORNING, order)
    at(database, MORNING + timedelta(hours=5), order)
    at(database, MORNING + timedelta(days=1), order)
    assert ordered == [[], ["2026-05-20"], [], ["2026-05-21"]]
    with database.read() as session:
        sent = [(row.task, row.record_id) for row in session.scalars(select(Outbox).order_by(Outbox.id))]
    assert sent[0] == (queue.CARRY_OUT_DAILY, date(2026, 5, 20).toordinal())


def test_nothing_is_ordered_where_nobody_waits(database: Database) -> None:
    at(database, MORNING, lambda work: _equal(daily.overdue(work), False))


def _equal(found: object, wanted: object) -> None:
    assert found == wanted


def test_reminder_and_digest_are_written_once_however_often_the_job_runs_and_reach_the_server(
    database: Database, asked: int, post: Post
) -> None:
    for minutes in (0, 1):
        at(
            database,
            MORNING + timedelta(minutes=minutes),
            lambda work: daily.carry_out(work, mail_is_on=True, public_url="https://plan.example.org"),
        )
    written = all_mails(database)
    assert [one.key for one in written] == ["reminder:1:2026-05-20", "digest:2026-05-20"]
    for one in written:
        tasks.deliver(database, one.id, settings_for(post))
        tasks.deliver(database, one.id, settings_for(post))  # delivered twice by the queue
    reminder, digest = (email.message_from_bytes(content, policy=default) for content in post.received)
    assert reminder["Subject"] == "Reminder of a consultation: Skola i Åby"
    assert f"https://plan.example.org/consultations/{asked}" in reminder.get_content()
    assert digest["To"] == "k@example.org"
    assert digest["Subject"] == "Waiting for you: 1"
    assert "- Reply to a consultation: Skola i Åby, by 2026-05-22" in digest.get_content()
    assert all(one.sent_at is not None for one in all_mails(database))


def test_without_a_mail_server_parties_are_reminded_and_no_mail_is_written(
    database: Database, asked: int
) -> None:
    del asked
    at(database, MORNING, lambda work: daily.carry_out(work, mail_is_on=False))
    with database.read() as session:
        assert session.scalars(select(Reminder.reminded_on)).all() == [date(2026, 5, 20)]
    assert all_mails(database) == []


def test_a_mail_that_was_refused_is_tried_again_later_and_given_up_in_the_end(
    database: Database, asked: int, post: Post
) -> None:
    del asked
    at(database, MORNING, lambda work: daily.carry_out(work, mail_is_on=True))
    post.refusing = True
    tasks.deliver(database, 1, settings_for(post))
    (refused, _) = all_mails(database)
    assert (refused.sent_at, refused.error, refused.attempts) == (None, "SMTPRecipientsRefused", 1)
    later = datetime.now(UTC) + timedelta(minutes=10)
    resent: list[list[int]] = []
    at(database, later, lambda work: resent.append(mails.sweep(work, max_attempts=4)))
    at(database, later, lambda work: _equal(mails.overdue(work), False))
    assert 1 in resent[0]
    for _ in range(5):
        tasks.deliver(database, 1, settings_for(post))
    assert all_mails(database)[0].attempts == mails.MAX_ATTEMPTS
    post.refusing = False
    tasks.deliver(database, 1, settings_for(post))
    assert post.received == []


def test_a_mail_whose_sending_was_cut_short_is_not_sent_again(
    database: Database, asked: int, post: Post
) -> None:
    del asked
    at(database, MORNING, lambda work: daily.carry_out(work, mail_is_on=True))
    at(database, MORNING, lambda work: mails.claim(work, 1))
    tasks.deliver(database, 1, settings_for(post))
    assert post.received == []
    tasks.deliver(database, 2, Settings())
    assert post.received == []


def test_a_server_that_does_not_encrypt_gets_nothing_when_encryption_is_asked_for(
    database: Database, asked: int, post: Post
) -> None:
    del asked
    at(database, MORNING, lambda work: daily.carry_out(work, mail_is_on=True))
    wanted = Settings(smtp_host="127.0.0.1", smtp_port=post.port, smtp_from="plan@example.org")
    tasks.deliver(database, 1, wanted)
    assert post.received == []
    assert all_mails(database)[0].error


def test_an_ended_user_gets_no_mail(database: Database, asked: int) -> None:
    del asked

    def act(work: Work) -> None:
        work.session.scalars(select(User)).one().password_hash = "!"
        daily.carry_out(work, mail_is_on=True)

    at(database, MORNING, act)
    assert all_mails(database) == []
