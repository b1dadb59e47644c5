"""The rows of the list of proposals: what is the same for many of them is made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from investplan.services.proposals import Listed
from web.formatting import amount, current_locale
from web.texts import label


def rows(found: Sequence[Listed], status_tag: Callable[[str, str], Markup]) -> list[list[Any]]:
    """Cells: name with its link, organisation, category with stage, status, outlay in mnkr.

    Args:
        status_tag: `ui.status_tag` of the templates: label and code → the tag.
    """
    address, locale = url_for("proposals.index"), current_locale()

    @cache
    def kind(category: str, stage: str) -> Markup:
        return Markup('{}<br><small class="soft">{}</small>').format(label(category), label(stage))

    @cache
    def tag(status: str) -> Markup:
        return status_tag(label(status), status)

    return [
        [
            Markup(  # noqa: S704 - both texts are escaped
                f'<a href="{address}/{one.id}">{escape(one.title)}</a><br>'
                f'<small class="soft nowrap">{escape(one.case_number)}</small>'
            ),
            one.organisation,
            kind(one.category, one.stage),
            tag(one.status),
            amount(one.outlay_ore, "mnkr", 1, locale=locale),
        ]
        for one in found
    ]
