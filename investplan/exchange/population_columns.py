"""Which column of a population table holds what: found by its heading, in Swedish or English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from investplan.errors import Note
from investplan.exchange.statistics import LABEL, VALUE
from investplan.exchange.tables import clean

HEADINGS: Mapping[str, frozenset[str]] = {
    "vintage": frozenset(("vintage", "prognos", "årgång", "prognosår", "version")),
    "scenario": frozenset(("scenario", "alternativ")),
    "area": frozenset(("area", "område", "områdeskod", "delområde", "region", "kommun", "deso", "regso")),
    "age": frozenset(("age", "ålder", "alder")),
    "year": frozenset(("year", "år", "tid", "årtal", "datum", "time")),
    "count": frozenset(("count", "antal", "folkmängd", "befolkning", "invånare", "antal invånare", VALUE)),
}
SUMMED = frozenset(("kön", "kon", "sex", "civilstånd", "civilstand", "marital status"))
CONTENTS = frozenset(("contentscode", "tabellinnehåll"))
YEAR = re.compile(r"X?((?:19|20|21)[0-9]{2})(?:-12-31)?")


@dataclass(frozen=True)
class Columns:
    """Places of the columns, from 0. `years` is set in the wide form: year → column.

    `summed` are (code, label) of what is summed over; `is_statistics` is a table of Statistics Sweden, with codes.
    """

    vintage: int | None = None
    scenario: int | None = None
    area: int | None = None
    area_label: int | None = None
    age: int | None = None
    year: int | None = None
    count: int | None = None
    years: Mapping[int | None, int | None] = field(default_factory=dict)
    summed: tuple[tuple[int, int | None], ...] = ()
    unread: tuple[str, ...] = ()
    contents: int | None = None
    is_statistics: bool = False
    faults: tuple[Note, ...] = ()


def find_columns(header: Sequence[str]) -> Columns:
    """The columns of the table; what is missing or doubled is told in `faults`."""
    names = [clean(name).casefold() for name in header]
    labels = {name.removesuffix(LABEL): place for place, name in enumerate(names) if name.endswith(LABEL)}
    is_statistics = bool(labels)
    known: dict[str, list[int]] = {}
    summed: list[tuple[int, int | None]] = []
    unread: list[str] = []
    years: dict[int | None, int | None] = {}
    for place, name in enumerate(names):
        role = next((role for role, headings in HEADINGS.items() if name in headings), None)
        year = YEAR.fullmatch(clean(header[place]))
        if role is not None:
            known.setdefault(role, []).append(place)
        elif name in SUMMED:
            summed.append((place, labels.get(name)))
        elif year is not None and int(year[1]) not in years:
            years[int(year[1])] = place
        elif name and not name.endswith(LABEL) and name not in CONTENTS:
            unread.append(header[place])
    faults = tuple(_faults(known, years, unread if is_statistics else []))
    places = {role: found[0] for role, found in known.items()}
    area_label = labels.get(names[places["area"]]) if "area" in places else None
    return Columns(
        **places,
        area_label=area_label,
        years=years,
        summed=tuple(summed),
        unread=tuple(unread),
        contents=next((place for place, name in enumerate(names) if name in CONTENTS), None),
        is_statistics=is_statistics,
        faults=faults,
    )


def _faults(
    known: Mapping[str, Sequence[int]], years: Mapping[int | None, int | None], dimensions: Sequence[str]
) -> Iterator[Note]:
    for role, found in known.items():
        if len(found) > 1:
            yield Note("Flera kolumner kan vara %(role)s.", {"role": role})
    if "age" not in known:
        yield Note("Kolumnen ålder saknas.")
    if years and ("year" in known or "count" in known):
        yield Note("Filen har både en kolumn per år och en kolumn för år eller antal. Välj en form.")
    if not years and ("year" not in known or "count" not in known):
        yield Note("Kolumnerna år och antal saknas. Ange dem, eller en kolumn per år.")
    for name in dimensions:
        yield Note("Dimensionen %(name)s kan inte läsas. Hämta tabellen utan den.", {"name": name})
