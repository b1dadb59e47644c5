"""What every table shares: names of constraints, the öre column, and time in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

MAX_STORED_ORE = 10**14


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class OreAmount(TypeDecorator[int]):
    """Whole öre. Refuses anything but `int` in Python; the CHECK of `ore_check` refuses it in raw SQL too."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and (type(value) is not int or abs(value) > MAX_STORED_ORE):
            raise ValueError(f"not whole öre within ±10^14: {value!r}")
        return value


class Moment(TypeDecorator[datetime]):
    """A point in time, always UTC and always aware in Python (SQLite stores it without zone)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


JsonValue = JSON(none_as_null=True)


def ore_check(*columns: str) -> list[CheckConstraint]:
    """CHECKs that hold a column to whole öre within ±10^14, on SQLite too, where a column takes any type."""
    return [
        CheckConstraint(
            f"{name} = CAST({name} AS BIGINT) AND {name} BETWEEN -{MAX_STORED_ORE} AND {MAX_STORED_ORE}",
            name=f"{name}_whole",
        )
        for name in columns
    ]


def one_of(column: str, values: Any) -> CheckConstraint:
    """CHECK that a text column holds one of an enum's values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
