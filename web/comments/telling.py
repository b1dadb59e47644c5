"""Comments as the proposal's page shows them: plain text, mentions by name, nothing in it read as markup."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from investplan.domain import comments as domain
from investplan.services import comments
from investplan.services.work import Work


def shown(text: str, names: Mapping[str, str]) -> Markup:
    """The text with its lines kept apart and mentions told by name. `names`: username → name."""
    found = Markup()
    for part, username in domain.parts(text, names):
        if username is None:
            found += Markup("<br>").join(part.split("\n"))
        else:
            found += Markup('<strong class="mention">@{}</strong>').format(names[username])
    return found


def of_proposal(work: Work, proposal: Any) -> dict[str, Any]:
    """What the proposal's page shows of its comments."""
    people = comments.people(work)
    names = {one.username: one.name for one in people}
    rows = []
    for one in comments.of_proposal(work, proposal.id):
        own = one.author_id == work.actor.user_id and one.deleted_at is None
        mention = next((m for m in one.mentions if m.user_id == work.actor.user_id), None)
        rows.append(
            {
                "comment": one,
                "text": shown(one.text, names),
                "may_edit": own and domain.may_edit(one.written_at, work.now()),
                "may_delete": own,
                "is_unread": mention is not None and mention.read_at is None,
            }
        )
    return {"rows": rows, "people": people, "key": uuid.uuid4().hex}
