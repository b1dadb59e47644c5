"""Who takes part: kinds of organisation, roles, and what each role may do."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    COMMITTEE = "committee"
    COMPANY = "company"


class Role(StrEnum):
    PLANNER = "planner"
    FINANCE = "finance"
    COUNCIL_VIEWER = "council_viewer"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
FINANCE = frozenset({Role.FINANCE, Role.ADMINISTRATOR})

ROLES_BY_ACTION: dict[str, frozenset[Role]] = {
    "see": EVERYONE,
    "edit proposal": frozenset({Role.PLANNER}) | FINANCE,
    "submit proposal": frozenset({Role.PLANNER}) | FINANCE,
    "score proposal": FINANCE,
    "rank proposals": frozenset({Role.PLANNER}),
    "consult": frozenset({Role.PLANNER}) | FINANCE,
    "reply": frozenset({Role.PLANNER}) | FINANCE,
    "comment": frozenset({Role.PLANNER}) | FINANCE,
    "import proposals": FINANCE,
    "edit scenario": FINANCE,
    "run scenario": FINANCE,
    "decide": FINANCE,
    "edit frames": FINANCE,
    "edit populations": FINANCE,
    "edit places": FINANCE,
    "edit accounts": FINANCE,
    "edit finances": FINANCE,
    "edit templates": FINANCE,
    "edit round": FINANCE,
    "administer": frozenset({Role.ADMINISTRATOR}),
}
"""The whole policy: action → roles. What is not listed nobody may do."""

OWN_ONLY: dict[Role, frozenset[str]] = {
    Role.PLANNER: frozenset({"edit proposal", "submit proposal", "rank proposals", "consult", "reply"})
}
"""Actions that a role may do only on records of its own organisation."""


def may(role: Role | None, action: str, *, own: bool = True) -> bool:
    """Whether a role may do an action, on a record of its `own` organisation or another's.

    >>> may(Role.PLANNER, "edit proposal", own=False), may(Role.FINANCE, "edit proposal", own=False)
    (False, True)
    """
    if role is None or role not in ROLES_BY_ACTION.get(action, frozenset()):
        return False
    return own or action not in OWN_ONLY.get(role, frozenset())
