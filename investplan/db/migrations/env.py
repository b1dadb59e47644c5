"""Alembic's entry: migrates the database of the connection it is handed."""

from __future__ import annotations

from alembic import context

from investplan.db import models  # noqa: F401 - registers the tables
from investplan.db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    compare_type=True,
)
context.run_migrations()
