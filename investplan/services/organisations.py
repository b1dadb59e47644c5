"""Committees, companies, districts: looked up by id or code, created and changed by the administrator."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from investplan.db.models import District, Organisation
from investplan.domain.organisations import OrganisationKind
from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services.work import Work


def all_valid(
    work: Work, *, on: date | None = None, kind: OrganisationKind | None = None
) -> list[Organisation]:
    """Organisations valid on a day (today), by name; committees before companies."""
    day = on or work.today
    query = (
        select(Organisation)
        .where(
            Organisation.valid_from <= day, or_(Organisation.valid_to.is_(None), Organisation.valid_to >= day)
        )
        .order_by(Organisation.kind, Organisation.name)
    )
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    return list(work.session.scalars(query))


def everything(work: Work) -> list[Organisation]:
    """All organisations, ended ones too, by name."""
    return list(work.session.scalars(select(Organisation).order_by(Organisation.kind, Organisation.name)))


def names(work: Work) -> list[tuple[int, str]]:
    """Id and name of all organisations, in the order of `everything`: for choosing among them."""
    query = select(Organisation.id, Organisation.name).order_by(Organisation.kind, Organisation.name)
    return [(key, name) for key, name in work.session.execute(query)]


def by_code(work: Work) -> dict[str, Organisation]:
    """Every organisation by its code."""
    return {organisation.code: organisation for organisation in work.session.scalars(select(Organisation))}


def company_codes(work: Work) -> frozenset[str]:
    """Codes of all companies: their outlays and assets are not the municipality's own."""
    return frozenset(o.code for o in everything(work) if o.kind == OrganisationKind.COMPANY)


def find(work: Work, organisation_id: int) -> Organisation:
    organisation = work.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFoundError("organisation", organisation_id)
    return organisation


def add(
    work: Work,
    *,
    code: str,
    name: str,
    kind: OrganisationKind,
    valid_from: date,
    valid_to: date | None = None,
    is_landlord: bool = False,
) -> Organisation:
    """A new committee or company.

    Raises:
        InvalidInputError: empty or taken code, empty name, dates in the wrong order.
    """
    work.require("administer")
    _refuse_bad(work, code, name, valid_from, valid_to)
    organisation = Organisation(
        code=code.strip(),
        name=name.strip(),
        kind=kind.value,
        valid_from=valid_from,
        valid_to=valid_to,
        is_landlord=is_landlord,
    )
    work.session.add(organisation)
    work.record("add organisation", "organisation", code, after=to_json(organisation))
    return organisation


def _refuse_bad(work: Work, code: str, name: str, valid_from: date, valid_to: date | None) -> None:
    faults: dict[str, Note] = {}
    if not code.strip() or len(code) > 20:
        faults["code"] = Note("Koden ska ha 1–20 tecken.")
    elif code.strip() in by_code(work):
        faults["code"] = Note("Koden %(code)s används redan.", {"code": code.strip()})
    if not name.strip() or len(name) > 120:
        faults["name"] = Note("Namnet ska ha 1–120 tecken.")
    if valid_to is not None and valid_to < valid_from:
        faults["valid_to"] = Note("Slutdatumet är före startdatumet.")
    if faults:
        raise InvalidInputError(faults)


def end(work: Work, organisation_id: int, *, valid_to: date) -> Organisation:
    """Let an organisation end on a day; its proposals, frames and history stay."""
    work.require("administer")
    organisation = find(work, organisation_id)
    if valid_to < organisation.valid_from:
        raise InvalidInputError({"valid_to": Note("Slutdatumet är före startdatumet.")})
    before = to_json(organisation)
    organisation.valid_to = valid_to
    organisation.version += 1
    work.record(
        "end organisation", "organisation", organisation.code, before=before, after=to_json(organisation)
    )
    return organisation


def to_json(organisation: Organisation) -> dict[str, object]:
    return {
        "code": organisation.code,
        "name": organisation.name,
        "kind": organisation.kind,
        "is_landlord": bool(organisation.is_landlord),
        "valid_from": organisation.valid_from.isoformat(),
        "valid_to": organisation.valid_to.isoformat() if organisation.valid_to else None,
    }


def districts(work: Work) -> list[District]:
    """Districts by name."""
    return list(work.session.scalars(select(District).order_by(District.name)))


def district_names(work: Work) -> list[tuple[int, str]]:
    """Id and name of all districts, by name: for choosing among them, without their outlines."""
    query = select(District.id, District.name).order_by(District.name)
    return [(key, name) for key, name in work.session.execute(query)]


def add_district(
    work: Work, *, code: str, name: str, valid_from: date, geometry: bytes | None = None
) -> District:
    """A new district, with its outline as WKB in EPSG:3006 where one is known."""
    work.require("import proposals")
    district = District(code=code, name=name, valid_from=valid_from, geometry=geometry)
    work.session.add(district)
    work.record("add district", "district", code, after={"code": code, "name": name})
    return district
