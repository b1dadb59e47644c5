"""What the forms of consultations say: read strictly, one note per field, and written back as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from investplan.domain.consultations import (
    Decider,
    QuestionRule,
    ReplyFacts,
    ReplyRow,
    Stance,
)
from investplan.domain.proposals import OperatingKind
from investplan.errors import Note
from investplan.services.consultations import Asked
from web.formatting import input_amount
from web.proposals.typed import Reader, Row, Typed

Faults = dict[str, Note]
EVERY = "every"
NOT_KEPT = frozenset({"csrf_token", "key", "seen_reply", "draft_version", "action", "add_row", "remove_row"})


def read_date(read: Reader, name: str, missing: Note) -> date:
    """An ISO date; today's beginning of time, and a note, where it is something else."""
    text = read.raw(name)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    read.refuse(name, Note("Skriv datumet som 2027-01-31.") if text else missing)
    return date.min


def read_asked(form: Any) -> tuple[Asked, Faults]:
    """What is to be sent out. `form` is the request's; `ask` and `affected` hold ids of organisations."""
    typed, faults = Typed.of_form(form), Faults()
    read = Reader(typed.fields, faults)
    affected = set(_ids(form.getlist("affected")))
    asked = Asked(
        due_on=read_date(read, "due_on", Note("Ange när svaren ska vara inne.")),
        parties={key: key in affected for key in _ids(form.getlist("ask"))},
        text=read.text("text", 20_000),
        question_set=read.raw("question_set")[:40],
        questions=lines(read.raw("questions")),
        discloses=bool(read.raw("discloses")),
    )
    return asked, faults


def _ids(texts: Iterable[str]) -> list[int]:
    return [int(one) for one in texts if re.fullmatch(r"[0-9]{1,9}", one, re.ASCII)]


def lines(text: str) -> tuple[str, ...]:
    """The lines that hold something: one question each."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def typed_reply(facts: ReplyFacts) -> Typed:
    """A reply as the form shows it: what a new one begins from."""
    fields = {
        "stance": facts.stance.value,
        "text": facts.text,
        "decider": facts.decider.value,
        "decided_on": facts.decided_on.isoformat(),
        "paragraph": facts.paragraph,
        **{f"answer-{number}": answer for number, answer in enumerate(facts.answers)},
    }
    return Typed(fields, {"costs": [_typed_row(row) for row in facts.rows]})


def _typed_row(row: ReplyRow) -> Row:
    return {
        "alternative": row.alternative or EVERY,
        "kind": row.kind.value,
        "amount": input_amount(row.annual_ore, "kr"),
        "begins": str(row.starts_after_months),
        "lasts": "" if row.lasts_months is None else str(row.lasts_months),
        "internal": "y" if row.internal else "n",
        "note": row.note,
    }


def kept_draft(typed: Typed) -> dict[str, Any]:
    """The part of a form that a draft keeps."""
    return {
        "fields": {name: text for name, text in typed.fields.items() if name not in NOT_KEPT},
        "rows": {
            group: [{name: text for name, text in row.items() if name != "_index"} for row in rows]
            for group, rows in typed.rows.items()
        },
    }


def of_draft(kept: Mapping[str, Any]) -> Typed:
    return Typed(dict(kept.get("fields", {})), {group: list(rows) for group, rows in kept.get("rows", {}).items()})  # fmt: skip


def read_reply(
    typed: Typed, questions: Sequence[str], alternatives: Sequence[str]
) -> tuple[ReplyFacts, Faults]:
    """The reply, and a note per field that does not fit. `alternatives` are the codes that rows may name."""
    faults: Faults = {}
    read = Reader(typed.fields, faults)
    rows = [
        _read_row(Reader(row, faults, f"costs-{position}-"), alternatives)
        for position, row in enumerate(typed.without_blank("costs", "amount", "note", "lasts"))
    ]
    facts = ReplyFacts(
        stance=read.choice("stance", Stance),
        text=read.text("text", 20_000),
        decider=read.choice("decider", Decider),
        decided_on=read_date(read, "decided_on", Note("Ange när svaret beslutades.")),
        paragraph=read.text("paragraph", 40),
        answers=tuple(read.text(f"answer-{number}", 20_000) for number in range(len(questions))),
        rows=tuple(rows),
    )
    return facts, faults


def _read_row(read: Reader, alternatives: Sequence[str]) -> ReplyRow:
    code = read.one_of("alternative", [EVERY, *alternatives])
    return ReplyRow(
        alternative=None if code in (EVERY, "") else code,
        kind=read.choice("kind", OperatingKind),
        annual_ore=read.amount("amount", "kr"),
        starts_after_months=read.whole("begins", -360, 360) if read.raw("begins") else 0,
        lasts_months=read.optional_whole("lasts", 1, 1200),
        internal=read.one_of("internal", ["y", "n"]) == "y",
        note=read.text("note", 200),
    )


def input_id(name: str) -> str:
    """The input that a service's fault belongs to: `rows.2.amount` is `costs-2-amount`."""
    return "costs" + name[4:].replace(".", "-") if name.startswith("rows") else name


def read_rule(code: str, form: Any) -> tuple[QuestionRule, Faults]:
    """A question set as the form says it."""
    faults: Faults = {}
    read = Reader(Typed.of_form(form).fields, faults)
    rule = QuestionRule(
        code=code or read.text("code", 40, Note("Ge frågorna en kod, till exempel skola.")),
        name=read.text("name", 120, Note("Ge frågorna ett namn.")),
        questions=lines(read.raw("questions")),
        categories=frozenset(form.getlist("categories")),
        districts=frozenset(form.getlist("districts")),
        organisations=tuple(form.getlist("organisations")),
    )
    return rule, faults
