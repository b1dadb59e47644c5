"""What was typed in a step and not saved: where it belongs, what is offered when the step is opened, and going on with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from investplan.errors import Note, NotFoundError
from investplan.services import form_drafts
from investplan.services.form_drafts import Place
from web import formatting, sessions
from web.proposals import steps
from web.proposals.steps import Step
from web.proposals.typed import Typed

NOT_KEPT = frozenset({"csrf_token", "stay", "add_row", "remove_row"})
GONE = Note("Alternativet har tagits bort av någon annan. Din text står kvar här men kan inte sparas.")


@dataclass(frozen=True)
class Offer:
    """A draft that the reader may go on with or throw away."""

    form_key: str
    clock: str
    url: str


def pairs(sent: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is kept of a form: names and texts, without the token, the buttons and the choices of a conflict."""
    return [
        (name, text.replace("\x00", ""))
        for name, text in sent
        if name not in NOT_KEPT and not name.startswith("keep-")
    ]


def clock(moment: datetime) -> str:
    """`14:32`, with the date before it where that is not today."""
    local = formatting.in_stockholm(moment)
    today = formatting.in_stockholm(sessions.current().now()).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def place_of(proposal_id: int | None, step: str, code: str) -> Place:
    """Where a draft of the step belongs; the alternative counts only in steps that are per alternative."""
    return Place(proposal_id, step, code if step in steps.PER_ALTERNATIVE else "")


def address_of(row: Any) -> str:
    """Where the writer goes on with the draft."""
    if row.proposal_id is None:
        return url_for("proposals.create", draft=row.form_key)
    return url_for("proposals.edit", proposal_id=row.proposal_id, step=row.step, draft=row.form_key)


def asked(proposal_id: int | None, step: str) -> Any:
    """The draft that the address asks to go on with; None where it is saved or thrown away already, or another's."""
    form_key = request.args.get("draft")
    if not form_key:
        return None
    row = form_drafts.find(sessions.current(), form_key)
    is_of_step = row is not None and (row.proposal_id, row.step) == (proposal_id, step)
    return row if is_of_step else None


def typed_of(row: Any) -> Typed:
    """The form as it was typed."""
    return Typed.of_form(MultiDict((name, text) for name, text in row.typed))


def shown(sheet: Any) -> dict[str, Any]:
    """What the page of a step needs: the form's own key, where it is kept, and earlier texts to choose from."""
    key = str(sheet.typed.fields.get("draft_key") or "") or uuid.uuid4().hex
    if sheet.proposal is None:
        key, keep_url, action_url = (
            sheet.key,
            url_for("proposals.keep_new_draft"),
            url_for("proposals.create"),
        )
    else:
        keep_url = url_for("proposals.keep_draft", proposal_id=sheet.proposal.id, step=sheet.step.value)
        action_url = steps.address(sheet.proposal.id, sheet.step, sheet.number)
    return {"draft_key": key, "keep_url": keep_url, "action_url": action_url, "offers": _offers(sheet, key)}


def _offers(sheet: Any, own_key: str) -> list[Offer]:
    if request.method != "GET":
        return []
    code = sheet.alternative.code if sheet.alternative is not None else ""
    place = place_of(sheet.proposal.id if sheet.proposal else None, sheet.step.value, code)
    return [
        Offer(row.form_key, clock(row.saved_at), address_of(row))
        for row in form_drafts.of_place(sessions.current(), place)
        if row.form_key != own_key
    ]


def saved() -> None:
    """The step that was sent is saved: nothing of it waits any more."""
    key = request.form.get("draft_key") or request.form.get("key") or ""
    form_drafts.close(sessions.current(), key)


def step_of(text: str) -> Step:
    """The step that is written in.

    Raises:
        NotFoundError: there is no such step, or nothing is typed in it.
    """
    if text not in list(Step) or text == Step.REVIEW:
        raise NotFoundError("step", text[:20])
    return Step(text)
