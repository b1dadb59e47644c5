"""What limits, rows and rules are called, in the words of those who set them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from investplan.domain.financial_room import ROW_WORDS, weighted_text
from investplan.domain.labels import N_
from investplan.errors import Note
from optimizer.problem import AllOrNone, AtMost, Coordinate, Fix, Forbid, Problem, Requires, Rule


def labels_of(problem: Problem, snapshot: Mapping[str, Any]) -> dict[str, str | Note]:
    """What limits and rules are called, as they stood when the run was made."""
    titles = {proposal.id: proposal.title for proposal in problem.proposals}
    stored: dict[str, str] = snapshot.get("limit_labels", {})
    labels: dict[str, str | Note] = {limit.id: stored.get(limit.id) or limit.id for limit in problem.limits}
    labels.update({rule.id: rule_note(*_kind_and_body(rule), titles) for rule in problem.rules})
    return labels


def row_label(row: str, names: Mapping[str, str]) -> Note:
    """What a row of the case is called: `frame:UN` is the committee's costs."""
    if row == "investment":
        return Note("Investeringsutgift")
    if row == "operating":
        return Note("Kommunens driftkostnad, koncernvy")
    if row in ROW_WORDS:
        return Note(ROW_WORDS[row])
    kind, _, code = row.partition(":")
    if kind == "frame":
        return Note("Ram för %(name)s", {"name": names.get(code, code)})
    if kind == "capacity":
        return Note("Investeringar i %(name)s", {"name": names.get(code, code)})
    return Note("%(row)s", {"row": row})


def span_note(of: Mapping[str, Fraction], *, cumulative: bool, window: int | None) -> Note:
    """What a limit compares with its most: the rows with their weights, and over which years."""
    rows = weighted_text(of)
    if cumulative:
        return Note("%(rows)s, löpande summa från första året", {"rows": rows})
    if window:
        return Note("%(rows)s, summa av %(window)s år i rad", {"rows": rows, "window": window})
    return rows


def _kind_and_body(rule: Rule) -> tuple[str, dict[str, Any]]:
    match rule:
        case Requires():
            return "requires", {"proposal": rule.proposal, "needs": rule.needs, "lag_years": rule.lag_years}
        case AtMost():
            return "at_most", {"proposals": rule.proposals, "count": rule.count}
        case AllOrNone():
            return "all_or_none", {"proposals": rule.proposals}
        case Coordinate():
            return "coordinate", {"proposals": rule.proposals}
        case Fix() | Forbid():
            kind = "fix" if isinstance(rule, Fix) else "forbid"
            return kind, {"proposal": rule.proposal, "alternative": rule.alternative, "start": rule.start}


def rule_note(kind: str, body: Mapping[str, Any], titles: Mapping[str, str]) -> Note:
    """The rule in words; `titles` by case number."""
    facts: dict[str, Any] = {
        name: _named(str(body[name]), titles) for name in ("proposal", "needs") if name in body
    }
    facts["proposals"] = ", ".join(_named(case, titles) for case in body.get("proposals", ()))
    facts.update(lag=body.get("lag_years") or 0, count=body.get("count"), start=body.get("start"))
    facts["alternative"] = body.get("alternative")
    return Note(_RULE_TEXTS[_rule_form(kind, body)], facts)


def _named(case_number: str, titles: Mapping[str, str]) -> str:
    title = titles.get(case_number)
    return f"{title} ({case_number})" if title else case_number


def _rule_form(kind: str, body: Mapping[str, Any]) -> str:
    if kind == "requires":
        return "requires later" if body.get("lag_years") else "requires"
    if kind in ("fix", "forbid"):
        parts = [part for part in ("alternative", "start") if body.get(part) is not None]
        return " ".join([kind, *parts])
    return kind


_RULE_TEXTS = {
    "requires": N_("%(proposal)s förutsätter %(needs)s"),
    "requires later": N_("%(proposal)s förutsätter %(needs)s och startar minst %(lag)s år efter"),
    "at_most": N_("Högst %(count)s av: %(proposals)s"),
    "all_or_none": N_("Alla eller inget av: %(proposals)s"),
    "coordinate": N_("Samordnas om de startar samma år: %(proposals)s"),
    "fix": N_("%(proposal)s ska vara med"),
    "fix start": N_("%(proposal)s ska vara med och starta %(start)s"),
    "fix alternative": N_("%(proposal)s ska vara med, alternativ %(alternative)s"),
    "fix alternative start": N_(
        "%(proposal)s ska vara med, alternativ %(alternative)s, och starta %(start)s"
    ),
    "forbid": N_("%(proposal)s får inte vara med"),
    "forbid start": N_("%(proposal)s får inte starta %(start)s"),
    "forbid alternative": N_("%(proposal)s får inte vara med som alternativ %(alternative)s"),
    "forbid alternative start": N_("%(proposal)s får inte starta %(start)s som alternativ %(alternative)s"),
}
