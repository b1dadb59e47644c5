"""One rule's form: what each kind asks for, and the rule it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from investplan.errors import Note
from investplan.services.scenarios import RULE_KINDS
from investplan.units import AmountError, kronor_from_ore, parse_amount

GROUP_KINDS = ("at_most", "all_or_none", "coordinate")
MAX_LAG_YEARS = 30
MAX_POINTS = 10**9


@dataclass
class RuleForm:
    """The form as typed. `members` are the case numbers of the kinds that take several proposals."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)
    members: list[str] = field(default_factory=lambda: ["", ""])
    errors: dict[str, Note] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "")


def from_request(kind: str, data: Mapping[str, str]) -> RuleForm:
    """The form as it was sent, with a row more or less where a button asked for it."""
    indices = sorted({int(m[1]) for name in data if (m := re.match(r"members-(\d{1,3})-", name))})
    form = RuleForm(kind, dict(data), [data.get(f"members-{i}-proposal", "") for i in indices])
    if data.get("add_row") == "members":
        form.members.append("")
    removed = re.fullmatch(r"members-(\d{1,3})", data.get("remove_row", ""))
    if removed and int(removed[1]) < len(form.members):
        del form.members[int(removed[1])]
    return form


def body_from(form: RuleForm, known: set[str], years: range) -> dict[str, Any] | None:
    """The rule as investplan-case/1 has it, without id and kind; None with `form.errors` filled."""
    if form.kind not in RULE_KINDS:
        form.errors["kind"] = Note("Okänt slag av regel.")
        return None
    if form.kind in GROUP_KINDS:
        body = _group_body(form, known)
    elif form.kind == "requires":
        body = _requires_body(form, known)
    else:
        body = _single_body(form, known, years)
    return None if form.errors else body


def _requires_body(form: RuleForm, known: set[str]) -> dict[str, Any]:
    for name in ("proposal", "needs"):
        if form.value(name) not in known:
            form.errors[name] = Note("Välj ett förslag.")
    if not form.errors and form.value("proposal") == form.value("needs"):
        form.errors["needs"] = Note("Ett förslag kan inte förutsätta sig självt.")
    body: dict[str, Any] = {"proposal": form.value("proposal"), "needs": form.value("needs")}
    lag = _whole(form, "lag_years", 0, MAX_LAG_YEARS)
    return {**body, "lag_years": lag} if lag else body


def _group_body(form: RuleForm, known: set[str]) -> dict[str, Any]:
    members = [one for one in form.members if one]
    if any(one not in known for one in members) or len(set(members)) < 2 or len(set(members)) < len(members):
        form.errors["members"] = Note("Välj minst två olika förslag.")
    body: dict[str, Any] = {"proposals": members}
    if form.kind == "at_most":
        body["count"] = _whole(form, "count", 0, max(len(members) - 1, 0))
    if form.kind == "coordinate":
        body["saving"] = {"investment": _saving(form)}
        body["value"] = _whole(form, "points", 0, MAX_POINTS)
    return body


def _saving(form: RuleForm) -> int | float:
    try:
        return kronor_from_ore(parse_amount(form.value("saving") or "0", "mnkr"))
    except AmountError as error:
        form.errors["saving"] = error.note
        return 0


def _single_body(form: RuleForm, known: set[str], years: range) -> dict[str, Any]:
    case_number, _, alternative = form.value("choice").partition("|")
    if case_number not in known:
        form.errors["choice"] = Note("Välj ett förslag.")
    body: dict[str, Any] = {"proposal": case_number}
    if alternative:
        body["alternative"] = alternative
    if form.value("start"):
        body["start"] = _whole(form, "start", years.start, years.stop - 1)
    return body


def _whole(form: RuleForm, name: str, least: int, most: int) -> int:
    text = form.value(name).strip() or "0"
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        form.errors[name] = Note(
            "Skriv ett heltal mellan %(least)s och %(most)s.", {"least": least, "most": most}
        )
        return 0
    return int(text)
