"""What a proposal's area lacks, in a sentence. Made for templates: `need_shown(proposal)`."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from investplan.domain.needs import USE_LABELS
from investplan.services import needs
from web import sessions


def shown(proposal: Any) -> dict[str, Any] | None:
    """`text`, `kind` of callout, `more` and `url`; None where the proposal is for no use that has places."""
    found = needs.of_proposal(sessions.current(), proposal)
    if found is None:
        return None
    use, base = str(_(USE_LABELS[found.use])).lower(), found.base
    url = url_for("needs.index", use=found.use.value, area=found.area)
    if base.deepest is None:
        text = _(
            "%(area)s: platserna räcker för %(use)s alla år i prognosen.",
            area=found.area,
            use=use,
        )
        return {"text": text, "kind": "info", "more": "", "url": url}
    year = base.first_shortage
    text = _(
        "%(area)s: %(count)s platser saknas i %(use)s %(year)s.",
        area=found.area, count=-(base.of(year or 0) or 0), use=use, year=year,
    )  # fmt: skip
    deepest, missing = base.deepest
    more = (
        _("Som mest saknas %(count)s platser, %(year)s.", count=missing, year=deepest)
        if deepest != year
        else ""
    )
    if base.is_passing:
        more = f"{more} " + _("Bristen går över: pröva om en tillfällig lösning räcker.")
    return {"text": text, "kind": "warning", "more": more.strip(), "url": url}
