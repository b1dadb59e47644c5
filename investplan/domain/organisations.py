"""Who takes part: kinds of organisation, roles, and what each role may do."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    COMMITTEE = "committee"
    COMPANY = "company"


class Role(StrEnum):
    PLANNER = "planner"
    COMMITTEE_MANAGER = "committee_manager"
    EXECUTIVE_BOARD = "executive_board"
    FINANCE = "finance"
    COUNCIL_VIEWER = "council_viewer"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
FINANCE = frozenset({Role.FINANCE, Role.ADMINISTRATOR})
OF_ORGANISATION = frozenset({Role.PLANNER, Role.COMMITTEE_MANAGER})
"""Roles that work for one committee or company, and see no other's drafts."""
BOARD = frozenset({Role.EXECUTIVE_BOARD}) | FINANCE
SEES_DRAFTS = OF_ORGANISATION | FINANCE

ROLES_BY_ACTION: dict[str, frozenset[Role]] = {
    "see": EVERYONE,
    "edit proposal": OF_ORGANISATION | FINANCE,
    "submit proposal": OF_ORGANISATION | FINANCE,
    "move proposal": OF_ORGANISATION | BOARD,
    "ask for investigation": OF_ORGANISATION | FINANCE,
    "decide investigation": BOARD,
    "follow gates": BOARD,
    "edit gates": frozenset({Role.ADMINISTRATOR}),
    "score proposal": FINANCE,
    "rank proposals": OF_ORGANISATION,
    "consult": OF_ORGANISATION | FINANCE,
    "reply": OF_ORGANISATION | FINANCE,
    "comment": OF_ORGANISATION | FINANCE,
    "import proposals": FINANCE,
    "edit scenario": FINANCE,
    "run scenario": FINANCE,
    "ask about plan": OF_ORGANISATION | BOARD,
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
"""The whole policy: action → roles. What is not listed nobody may do. A gate's table narrows "move proposal" further."""

_OF_OWN = frozenset(
    {
        "edit proposal",
        "submit proposal",
        "move proposal",
        "ask for investigation",
        "rank proposals",
        "consult",
        "reply",
        "ask about plan",
    }
)
OWN_ONLY: dict[Role, frozenset[str]] = {
    Role.PLANNER: _OF_OWN,
    Role.COMMITTEE_MANAGER: _OF_OWN,
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
