"""Population forecasts and outcomes: read in from files, kept by vintage and scenario, averaged for the frames.

A stored forecast never changes; a wrong one is withdrawn and read in again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sqlalchemy import insert, select

from investplan.db.models import PopulationCount, PopulationForecast
from investplan.domain.populations import (
    AGE_CLASSES,
    AgeClass,
    PopulationScenario,
    average_by_age,
    sum_of_class,
)
from investplan.errors import InvalidInputError, Note, NotFoundError, StateError
from investplan.exchange import sandbox
from investplan.exchange.population_files import Asked, Fault, PopulationReading, read_population
from investplan.exchange.statistics_client import StatisticsClient, StatisticsError
from investplan.exchange.tables import UnreadableError, Wanted
from investplan.services.work import Work, canonical_json, once

__all__ = ["Asked", "Fault", "MissingPopulationError", "RefusedPopulationError", "StatisticsError"]

Series = Mapping[tuple[str, int], Mapping[int, int]]
"""(area, year) → age → inhabitants on 31 December, in thousandths. Area "" is the whole municipality."""

VINTAGE = re.compile(r"(19|20|21)[0-9]{2}\b.{0,34}")
FORMATS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".json": "jsonstat"}
MAX_FAULTS = 200


class MissingPopulationError(StateError):
    """A forecast does not hold a year, an area or an age that is asked for."""


class RefusedPopulationError(InvalidInputError):
    """Nothing was taken in; `faults` says what is wrong, line by line, and `remarks` what was seen on the way."""

    def __init__(self, faults: tuple[Fault, ...], remarks: tuple[Note, ...] = ()) -> None:
        self.faults, self.remarks = faults, remarks
        shown = {f"line {fault.line}": fault.note for fault in reversed(faults[:MAX_FAULTS])}
        super().__init__(dict(reversed(shown.items())))


@dataclass(frozen=True)
class Staged:
    """A file as it was read; nothing is stored yet."""

    file_name: str
    reading: PopulationReading


@dataclass(frozen=True)
class ClassRow:
    """One age class over the years; None where a year or an age of it is missing."""

    age_class: AgeClass
    by_year: Mapping[int, Fraction | None]


def stage(source: Path | bytes, file_name: str, asked: Asked, *, sheet: str | None = None) -> Staged:
    """The file as it is read in the limited child process; touches no database.

    Args:
        source: A path of our own machine, or the content that was sent.
        sheet: Of an Excel file with several.

    Raises:
        RefusedPopulationError: the file cannot be taken as a table at all.
    """
    file_format = FORMATS.get(Path(file_name).suffix.lower())
    if file_format is None:
        note = Note("Filen ska vara CSV (.csv), Excel (.xlsx) eller JSON-stat (.json).")
        raise RefusedPopulationError((Fault(1, note),))
    content = source if isinstance(source, bytes) else sandbox.read_capped(source)
    try:
        table = sandbox.read_table(content, file_name, Wanted(file_format, sheet=sheet))
    except UnreadableError as error:
        raise RefusedPopulationError(tuple(Fault(1, note) for note in error.notes)) from None
    return Staged(file_name[:200], read_population(table, asked))


def fetch(
    url: str, table: str, asked: Asked, years: Sequence[int], *, client: StatisticsClient | None = None
) -> Staged:
    """A table of Statistics Sweden's, fetched and then read as a file is; touches no database.

    Args:
        url: The setting `scb_url`; empty is refused.
        asked: `municipality` is the region that is fetched.

    Raises:
        StatisticsError: the service is not set, or does not answer.
        RefusedPopulationError: its answer cannot be read.
    """
    client = client or StatisticsClient(url)
    parts = [
        stage(answer, f"{table}.json", asked)
        for answer in client.population(table, asked.municipality, years)
    ]
    series: dict[str, dict[tuple[str, int], Mapping[int, int]]] = {}
    remarks: list[Note] = []
    for part in parts:
        remarks += [note for note in part.reading.remarks if note not in remarks]
        for scenario, found in part.reading.series.items():
            series.setdefault(scenario, {}).update(found)
    reading = PopulationReading(
        parts[0].reading.vintage,
        series,
        tuple(fault for part in parts for fault in part.reading.faults),
        tuple(remarks),
    )
    return Staged(f"{table}.json", reading)


def read_in(work: Work, staged: Staged, *, source: str = "", key: str = "") -> list[PopulationForecast]:
    """Store what a file holds: one record per scenario, all or none. The same content again gives the same records.

    Raises:
        RefusedPopulationError: faults in the file, or no vintage.
        InvalidInputError: the vintage is there already with other content.
    """
    work.require("edit populations")
    reading = staged.reading
    if reading.faults:
        raise RefusedPopulationError(reading.faults, reading.remarks)
    return [
        add(
            work, vintage=reading.vintage, scenario=PopulationScenario(scenario), series=series, source=source,
            file_name=staged.file_name, key=f"{key}:{scenario}" if key else "",
        )
        for scenario, series in reading.series.items()
    ]  # fmt: skip


def add(
    work: Work, *, vintage: str, scenario: PopulationScenario, series: Series, source: str = "",
    file_name: str = "", key: str = "",
) -> PopulationForecast:  # fmt: skip
    """One scenario of a vintage. Adding the same content again answers with the record that is there.

    Raises:
        InvalidInputError: the vintage does not begin with a year, is empty, or is there with other content.
    """
    work.require("edit populations")
    vintage = vintage.strip()
    if not VINTAGE.fullmatch(vintage):
        note = Note("Ange vilken prognos det är. Namnet ska börja med året, som 2026 eller 2026-05.")
        raise InvalidInputError({"vintage": note})
    if not series:
        raise InvalidInputError({"file": Note("Prognosen har inga tal.")})
    content_sha256 = content_hash(series)
    body = {"vintage": vintage, "scenario": scenario.value, "content": content_sha256}

    def write() -> int:
        known = _in_use(work, vintage, scenario)
        if known is None:
            return _insert(work, vintage, scenario, series, source, file_name, content_sha256)
        if known.content_sha256 != content_sha256:
            facts = {"vintage": vintage}
            raise InvalidInputError(
                {
                    "vintage": Note(
                        "Prognosen %(vintage)s finns redan med andra tal. Dra tillbaka den först.", facts
                    )
                }
            )
        return known.id

    return find(work, once(work, "add population forecast", key, body, write))


def content_hash(series: Series) -> str:
    """SHA-256 of all numbers, by area, year and age."""
    rows = [
        [area, year, age, count]
        for (area, year), counts in sorted(series.items())
        for age, count in sorted(counts.items())
    ]
    return hashlib.sha256(canonical_json(rows).encode()).hexdigest()


def _in_use(work: Work, vintage: str, scenario: PopulationScenario) -> PopulationForecast | None:
    return work.session.scalar(
        select(PopulationForecast).where(
            PopulationForecast.vintage == vintage,
            PopulationForecast.scenario == scenario.value,
            PopulationForecast.withdrawn_at.is_(None),
        )
    )


def _insert(
    work: Work, vintage: str, scenario: PopulationScenario, series: Series, source: str, file_name: str,
    content_sha256: str,
) -> int:  # fmt: skip
    years = [year for _, year in series]
    ages = [age for counts in series.values() for age in counts]
    stored = PopulationForecast(
        vintage=vintage,
        scenario=scenario.value,
        source=source.strip()[:200],
        file_name=file_name,
        content_sha256=content_sha256,
        first_year=min(years),
        last_year=max(years),
        top_age=max(ages),
        added_at=work.now(),
    )
    work.session.add(stored)
    work.session.flush()
    rows = [
        {"forecast_id": stored.id, "area": area, "year": year, "age": age, "thousandths": count}
        for (area, year), counts in series.items()
        for age, count in counts.items()
    ]
    work.session.execute(insert(PopulationCount), rows)
    work.record(
        "add population forecast",
        "population_forecast",
        stored.id,
        after={**_to_json(stored), "rows": len(rows)},
    )
    return stored.id


def _to_json(forecast: PopulationForecast) -> dict[str, object]:
    return {
        "vintage": forecast.vintage,
        "scenario": forecast.scenario,
        "source": forecast.source,
        "file_name": forecast.file_name,
        "content_sha256": forecast.content_sha256,
        "years": [forecast.first_year, forecast.last_year],
        "top_age": forecast.top_age,
        "withdrawn": forecast.withdrawn_at is not None,
    }


def withdraw(work: Work, forecast_id: int, *, reason: str = "") -> PopulationForecast:
    """Take a forecast out of use. Its numbers stay, for what was computed with it.

    Raises:
        StateError: it is withdrawn already.
    """
    work.require("edit populations")
    forecast = find(work, forecast_id)
    if forecast.withdrawn_at is not None:
        raise StateError(Note("Prognosen är redan tillbakadragen."))
    before = _to_json(forecast)
    forecast.withdrawn_at = work.now()
    work.record(
        "withdraw population forecast", "population_forecast", forecast.id,
        before=before, after=_to_json(forecast), reason=reason,
    )  # fmt: skip
    return forecast


# --- what is there -----------------------------------------------------------------------------------------------


def everything(work: Work) -> list[PopulationForecast]:
    """Every forecast, the latest vintage first, low before base before high, withdrawn ones too."""
    work.require("see")
    order = list(PopulationScenario)
    newest_first = select(PopulationForecast).order_by(
        PopulationForecast.vintage.desc(), PopulationForecast.id.desc()
    )
    found = list(work.session.scalars(newest_first))
    # Both sorts are stable: within a vintage and scenario the newest stays first.
    found.sort(key=lambda one: order.index(PopulationScenario(one.scenario)))
    found.sort(key=lambda one: one.vintage, reverse=True)
    return found


def find(work: Work, forecast_id: int) -> PopulationForecast:
    """One forecast.

    Raises:
        NotFoundError: there is none.
    """
    work.require("see")
    found = work.session.get(PopulationForecast, forecast_id)
    if found is None:
        raise NotFoundError("population forecast", forecast_id)
    return found


def latest(work: Work, scenario: str = "base") -> PopulationForecast | None:
    """The newest vintage in use of a scenario (`low`, `base`, `high`; `outcome` for statistics); None where none is."""
    wanted = PopulationScenario(scenario).value
    return next(
        (one for one in everything(work) if one.scenario == wanted and one.withdrawn_at is None), None
    )


def average_population(
    work: Work, forecast_id: int, year: int, *, area: str | None = None
) -> dict[int, Fraction]:
    """Inhabitants by age on average over the year: the mean of 31 December before it and in it.

    A highest age (`forecast.top_age`) of 85 or more holds everyone who is older, too.

    Args:
        area: An area of the forecast; None is the whole municipality.

    Raises:
        NotFoundError: no such forecast.
        MissingPopulationError: one of the two dates, or an age at one of them, is not in it.
    """
    forecast = find(work, forecast_id)
    counts = counts_by_year(work, forecast_id, area=area, years=(year - 1, year))
    for one in (year - 1, year):
        if one not in counts:
            facts = {"name": forecast.vintage, "year": one, "area": area or "hela kommunen"}
            raise MissingPopulationError(
                Note("Prognosen %(name)s saknar den 31 december %(year)d (%(area)s).", facts)
            )
    try:
        return average_by_age(counts[year - 1], counts[year])
    except ValueError:
        lacking = sorted(counts[year - 1].keys() ^ counts[year].keys())
        facts = {"name": forecast.vintage, "age": lacking[0], "year": year}
        raise MissingPopulationError(
            Note("Prognosen %(name)s saknar åldern %(age)d år för året %(year)d.", facts)
        ) from None


def counts_by_year(
    work: Work, forecast_id: int, *, area: str | None = None, years: tuple[int, ...] = ()
) -> dict[int, dict[int, Fraction]]:
    """Year → age → inhabitants on 31 December; all years of the forecast where none are named."""
    work.require("see")
    query = select(PopulationCount.year, PopulationCount.age, PopulationCount.thousandths).where(
        PopulationCount.forecast_id == forecast_id, PopulationCount.area == (area or "")
    )
    if years:
        query = query.where(PopulationCount.year.in_(years))
    found: dict[int, dict[int, Fraction]] = {}
    for year, age, thousandths in work.session.execute(
        query.order_by(PopulationCount.year, PopulationCount.age)
    ):
        found.setdefault(year, {})[age] = Fraction(thousandths, 1000)
    return found


def series_of(work: Work, forecast_id: int) -> Series:
    """Everything that is stored of a forecast, as `add` takes it."""
    query = select(
        PopulationCount.area, PopulationCount.year, PopulationCount.age, PopulationCount.thousandths
    ).where(PopulationCount.forecast_id == forecast_id)
    found: dict[tuple[str, int], dict[int, int]] = {}
    for area, year, age, thousandths in work.session.execute(query):
        found.setdefault((area, year), {})[age] = thousandths
    return found


def areas(work: Work, forecast_id: int) -> list[str]:
    """The areas of a forecast, the whole municipality ("") first."""
    query = select(PopulationCount.area).where(PopulationCount.forecast_id == forecast_id).distinct()
    return sorted(work.session.scalars(query))


def by_class(work: Work, forecast_id: int, *, area: str | None = None) -> list[ClassRow]:
    """The age classes that planning goes by, over the forecast's years."""
    forecast = find(work, forecast_id)
    counts = counts_by_year(work, forecast_id, area=area)
    return [
        ClassRow(one, {year: sum_of_class(counts[year], one, forecast.top_age) for year in counts})
        for one in AGE_CLASSES
    ]


def totals(work: Work, forecast_id: int, *, area: str | None = None) -> dict[int, Fraction | None]:
    """All inhabitants by year; None in a year where an age is missing."""
    forecast = find(work, forecast_id)
    everyone = AgeClass(0, None)
    return {
        year: sum_of_class(counts, everyone, forecast.top_age)
        for year, counts in counts_by_year(work, forecast_id, area=area).items()
    }
