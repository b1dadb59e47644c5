"""The round's calendar, each user's own settings, and the mails that follow from them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment
from investplan.db.models.organisations import User


class CalendarEntry(Base):
    """A day or span of days of the budget year's calendar. Without `roles` it is for everyone. `uid` never changes."""

    __tablename__ = "calendar_entry"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("planning_round.id"), index=True)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    roles: Mapped[list[str]] = mapped_column(JsonValue)
    note: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)


class UserSetting(Base):
    """What a user has chosen. Of the calendar's address only the hash is kept: a copy of the database opens nothing."""

    __tablename__ = "user_setting"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    wants_digest: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(2), default="sv")
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    user: Mapped[User] = relationship(lazy="joined")


class Mail(Base):
    """One mail to one user, written once (`key`) and sent at most once.

    `tried_at` without `sent_at` and `error` is a mail whose sending was cut short: it may have arrived, and is left.
    """

    __tablename__ = "mail"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    key: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(String(300), default="")


class DailyJob(Base):
    """The day's reminders and digests were ordered; one row a day however many couriers there are."""

    __tablename__ = "daily_job"

    day: Mapped[date] = mapped_column(primary_key=True)
    ordered_at: Mapped[datetime] = mapped_column(Moment)
