"""Object templates: which there are, a new version of one, and one taken out of use. A stored version never changes."""

from __future__ import annotations

from sqlalchemy import select

from investplan.db.models import ObjectTemplate as Row
from investplan.domain import object_templates as domain
from investplan.domain.object_templates import ObjectTemplate
from investplan.domain.premise_uses import PremiseUse
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services.work import Work, once


def latest(work: Work) -> list[Row]:
    """The newest version of every template in use, by name."""
    work.require("see")
    newest: dict[str, Row] = {}
    for row in work.session.scalars(select(Row).order_by(Row.code, Row.version)):
        newest[row.code] = row
    found = [row for row in newest.values() if row.withdrawn_at is None]
    return sorted(found, key=lambda row: str(row.content["name"]).casefold())


def by_code(work: Work) -> dict[str, ObjectTemplate]:
    """Templates in use by object type, in the order of their names."""
    return {row.code: domain.from_json(row.content) for row in latest(work)}


def uses(work: Work) -> dict[str, PremiseUse]:
    """What the places of each object type are for, where its newest version says so, whether it is in use or not."""
    work.require("see")
    newest = {row.code: row.content for row in work.session.scalars(select(Row).order_by(Row.version))}
    return {code: PremiseUse(content["use"]) for code, content in newest.items() if content.get("use")}


def versions(work: Work, code: str) -> list[Row]:
    """Every version of a template, the newest first.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    found = list(work.session.scalars(select(Row).where(Row.code == code).order_by(Row.version.desc())))
    if not found:
        raise NotFoundError("object template", code)
    return found


def save(work: Work, template: ObjectTemplate, *, seen_version: int, key: str = "") -> Row:
    """A new version.

    Args:
        seen_version: The newest version the writer had before them; 0 for a new object type.

    Raises:
        ConflictError: somebody has added a version since.
        InvalidInputError: one note per field.
    """
    work.require("edit templates")
    faults = domain.faults_in(template)
    if faults:
        raise InvalidInputError(faults)
    content = domain.to_json(template)

    def insert() -> int:
        newest = _newest(work, template.code)
        if seen_version == 0 and newest is not None and newest.withdrawn_at is None:
            raise InvalidInputError(
                {"name": Note("Objekttypen %(name)s finns redan.", {"name": template.name})}
            )
        version = newest.version if newest is not None else 0
        if seen_version not in (0, version):
            stored = newest.content if newest is not None else {}
            raise ConflictError("object template", version, stored=stored, submitted=content)
        row = Row(code=template.code, version=version + 1, content=content, added_at=work.now())
        work.session.add(row)
        work.session.flush()
        before = newest.content if newest is not None else None
        work.record("save template", "object_template", template.code, before=before, after=content)
        return row.id

    return work.session.get_one(Row, once(work, "save template", key, content, insert))


def _newest(work: Work, code: str) -> Row | None:
    return work.session.scalars(
        select(Row).where(Row.code == code).order_by(Row.version.desc()).limit(1)
    ).one_or_none()


def withdraw(work: Work, code: str, *, reason: str = "") -> Row:
    """Take an object type out of use: it is offered no more, and proposals that came from it stay as they are.

    Raises:
        NotFoundError: there is none in use.
    """
    work.require("edit templates")
    row = _newest(work, code)
    if row is None or row.withdrawn_at is not None:
        raise NotFoundError("object template", code)
    row.withdrawn_at = work.now()
    work.record("withdraw template", "object_template", code, after={"version": row.version}, reason=reason)
    return row
