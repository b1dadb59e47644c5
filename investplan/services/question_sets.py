"""Questions for consultations, and of whom they are asked: seeded, and then the municipality's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from investplan.db.models import District, Organisation, QuestionSet
from investplan.domain.consultations import DEFAULT_RULES, MAX_QUESTIONS, QuestionRule
from investplan.domain.proposals import Category
from investplan.errors import ConflictError, InvalidInputError, Note, NotFoundError
from investplan.services.work import Work

CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
MAX_QUESTION = 500


@dataclass(frozen=True)
class Kept:
    """A question set as it is now; `version` 0 is the seeded one, that nobody has changed."""

    rule: QuestionRule
    version: int


def everything(work: Work) -> list[Kept]:
    """All sets: the seeded ones in their order, then the municipality's own by name."""
    work.require("see")
    stored = {row.code: row for row in work.session.scalars(select(QuestionSet).order_by(QuestionSet.name))}
    seeded = [_kept(one, stored.pop(one.code, None)) for one in DEFAULT_RULES]
    return seeded + [Kept(_rule(row), row.version) for row in stored.values()]


def _kept(seed: QuestionRule, row: QuestionSet | None) -> Kept:
    return Kept(seed, 0) if row is None else Kept(_rule(row), row.version)


def _rule(row: QuestionSet) -> QuestionRule:
    return QuestionRule(
        row.code,
        row.name,
        tuple(row.questions),
        frozenset(row.categories),
        frozenset(row.districts),
        tuple(row.organisations),
    )


def rules(work: Work) -> list[QuestionRule]:
    """The rules by which parties are suggested."""
    return [one.rule for one in everything(work)]


def find(work: Work, code: str) -> Kept:
    """One set.

    Raises:
        NotFoundError: there is none with that code.
    """
    for one in everything(work):
        if one.rule.code == code:
            return one
    raise NotFoundError("question set", code[:40])


def save(work: Work, rule: QuestionRule, *, seen_version: int) -> Kept:
    """Change a set, or add one (`seen_version` 0 of a code that is new).

    Raises:
        InvalidInputError: one note per field.
        ConflictError: somebody else changed it after `seen_version`.
    """
    work.require("edit round")
    known = {one.rule.code: one for one in everything(work)}
    _refuse_faults(work, rule)
    now = known.get(rule.code)
    at = now.version if now else 0
    if at != seen_version:
        stored = _to_json(now.rule) if now else {}
        raise ConflictError("question_set", rule.code, stored=stored, submitted=_to_json(rule))
    if now is not None and now.rule == rule:
        return now
    row = work.session.get(QuestionSet, rule.code) or QuestionSet(code=rule.code)
    written = _to_json(rule)
    for name, value in written.items():
        setattr(row, name, value)
    row.version = at + 1
    work.session.add(row)
    before = _to_json(now.rule) if now else None
    work.record("save question set", "question_set", rule.code, before=before, after=written)
    return Kept(rule, row.version)


def _to_json(rule: QuestionRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "questions": list(rule.questions),
        "categories": sorted(rule.categories),
        "districts": sorted(rule.districts),
        "organisations": list(rule.organisations),
    }


def _refuse_faults(work: Work, rule: QuestionRule) -> None:
    faults: dict[str, Note] = {}
    if not CODE.fullmatch(rule.code):
        faults["code"] = Note("Koden ska vara 1–40 små bokstäver a–z, siffror, bindestreck.")
    if not rule.name.strip() or len(rule.name) > 120:
        faults["name"] = Note("Namnet ska ha 1–120 tecken.")
    faults.update(question_faults(rule.questions))
    if not rule.questions:
        faults["questions"] = Note("Skriv minst en fråga.")
    if not rule.categories <= {one.value for one in Category}:
        faults["categories"] = Note("Välj ett av alternativen.")
    codes = set(work.session.scalars(select(Organisation.code)))
    if not set(rule.organisations) <= codes:
        faults["organisations"] = Note("Välj ett av alternativen.")
    if not rule.districts <= set(work.session.scalars(select(District.code))):
        faults["districts"] = Note("Välj ett av alternativen.")
    if faults:
        raise InvalidInputError(faults)


def question_faults(questions: tuple[str, ...]) -> dict[str, Note]:
    """Too many questions, or one that is too long."""
    if len(questions) > MAX_QUESTIONS:
        return {"questions": Note("Högst %(most)d frågor.", {"most": MAX_QUESTIONS})}
    if any(not one.strip() or len(one) > MAX_QUESTION for one in questions):
        return {"questions": Note("En fråga ska ha 1–%(most)d tecken.", {"most": MAX_QUESTION})}
    return {}
