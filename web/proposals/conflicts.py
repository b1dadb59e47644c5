"""Two versions of a proposal, member by member, and the one that somebody chooses out of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from flask_babel import gettext as _

from investplan.domain.proposals import Alternative, ProposalFacts
from web.proposals import describing
from web.proposals.describing import Names

MINE, THEIRS = "mine", "theirs"
# What a step may change; scores and source are set elsewhere, alternatives are chosen one by one.
MEMBERS = {one.name for one in fields(ProposalFacts)} - {"alternatives", "scores", "source_ref"}


@dataclass(frozen=True)
class Difference:
    """One member in both versions. `name` is `title`, `2.outlays` (the alternative at place 2) or `2` (all of it)."""

    name: str
    label: str
    mine: str
    theirs: str


def differences(mine: ProposalFacts, theirs: ProposalFacts, names: Names) -> list[Difference]:
    """Every member of both versions, the equal ones too."""
    pairs = zip(describing.of_proposal(mine, names), describing.of_proposal(theirs, names), strict=True)
    found = [Difference(a.name, a.label, a.text, b.text) for a, b in pairs]
    for place, code in enumerate(_codes(mine, theirs), start=1):
        found += _of_alternative(place, _by_code(mine).get(code), _by_code(theirs).get(code), names)
    return found


def _codes(mine: ProposalFacts, theirs: ProposalFacts) -> list[str]:
    """Codes of both versions' alternatives: theirs in order, then mine that they lack."""
    return list(dict.fromkeys([*_by_code(theirs), *_by_code(mine)]))


def _by_code(facts: ProposalFacts) -> dict[str, Alternative]:
    return {alternative.code: alternative for alternative in facts.alternatives}


def _of_alternative(
    place: int, mine: Alternative | None, theirs: Alternative | None, names: Names
) -> Iterator[Difference]:
    head = _("Alternativ %(number)s", number=place)
    if mine is None or theirs is None:
        yield Difference(str(place), head, _presence(mine), _presence(theirs))
        return
    pairs = zip(describing.of_alternative(mine, names), describing.of_alternative(theirs, names), strict=True)
    for a, b in pairs:
        yield Difference(f"{place}.{a.name}", f"{head}: {a.label}", a.text, b.text)


def _presence(alternative: Alternative | None) -> str:
    return _("Finns inte") if alternative is None else describing.title_of(alternative)


def merge(mine: ProposalFacts, theirs: ProposalFacts, kept: Mapping[str, str]) -> ProposalFacts:
    """What was chosen, by `Difference.name` → `mine` or `theirs`; what nobody chose about is theirs."""
    chosen: dict[str, Any] = {name: getattr(mine, name) for name in MEMBERS if kept.get(name) == MINE}
    alternatives = [
        _merge_alternative(place, _by_code(mine).get(code), _by_code(theirs).get(code), kept)
        for place, code in enumerate(_codes(mine, theirs), start=1)
    ]
    return replace(theirs, **chosen, alternatives=tuple(one for one in alternatives if one is not None))


def _merge_alternative(
    place: int, mine: Alternative | None, theirs: Alternative | None, kept: Mapping[str, str]
) -> Alternative | None:
    if mine is None or theirs is None:
        return mine if kept.get(str(place)) == MINE else theirs
    prefix = f"{place}."
    names = [
        name.removeprefix(prefix) for name, side in kept.items() if name.startswith(prefix) and side == MINE
    ]
    return replace(
        theirs, **{name: getattr(mine, name) for name in names if name != "code" and hasattr(mine, name)}
    )
