"""Mapping files: how the columns of someone else's file become proposals. TOML, strict, documented in docs/importing.md.

A mapping says everything that the file itself does not: unit and currency, which column is which year, in what
coordinate system places are, and what is to happen with what does not fit. Nothing is guessed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from investplan.domain.proposals import AlternativeKind, Category, Part, Recognition, Stage
from investplan.errors import InvalidInputError, Note
from investplan.units import Unit

MAX_MAPPING_CHARACTERS = 200_000
YEAR_PLACE = "{year}"

Epsg = Annotated[str, Field(pattern=r"^EPSG:[0-9]{4,6}$")]
Column = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(max_length=300)]
Years = str | dict[Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}$")], Column]
# Enums are words in TOML; `strict` alone would ask for enum members.
CategoryName = Annotated[Category, Field(strict=False)]
StageName = Annotated[Stage, Field(strict=False)]
NegativePolicy = Literal["report_and_keep", "report_and_zero", "refuse"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileFormat(_Section):
    """What kind of file it is. `encoding`, `delimiter` concern CSV, `sheet` Excel, `layer` GeoPackage."""

    format: Literal["csv", "xlsx", "geojson", "gpkg", "shapefile"]
    encoding: Literal["auto", "utf-8", "cp1252"] = "auto"
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1
    sheet: Text | None = None
    layer: Text | None = None


class Amounts(_Section):
    """The outlay columns. `outside` are amounts of no single year (earlier, later); `total` is only compared.

    `scientific` takes text such as `4e+05` (as statistics programs write 400000); otherwise it is refused.
    """

    unit: Unit
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "SEK"
    decimal: Literal[",", "."] = ","
    thousands: Literal["", ",", "."] = ""
    scientific: bool = False
    zero_marks: list[Text] = []
    blank: Literal["zero", "refuse"] = "refuse"
    negative: NegativePolicy = "refuse"
    years: Years
    outside: list[Column] = []
    total: Column | None = None

    @model_validator(mode="after")
    def _marks_differ(self) -> Amounts:
        if self.thousands == self.decimal:
            raise ValueError("Decimaltecken och tusentalstecken måste vara olika.")
        return self


class ProjectColumns(_Section):
    """What makes a proposal of one row, or of several (`group_by`)."""

    case_number: list[Column] = []
    case_number_prefix: Annotated[str, Field(max_length=20)] = ""
    case_number_separator: Annotated[str, Field(max_length=3)] = "-"
    title: Annotated[list[Column], Field(min_length=1)]
    title_separator: Annotated[str, Field(max_length=10)] = " – "
    purpose: list[Column] = []
    purpose_if_empty: Text = ""
    source_ref: list[Column] = []
    group_by: list[Column] = []
    duplicate: Literal["number", "refuse", "keep_first"] = "refuse"


class Committees(_Section):
    """Who proposes: a column with codes or names (`names` translates them to codes), or one `fixed` code."""

    column: Column | None = None
    fixed: Annotated[str, Field(max_length=20)] | None = None
    names: dict[str, Annotated[str, Field(max_length=20)]] = {}
    create_missing: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Committees:
        if (self.column is None) == (self.fixed is None):
            raise ValueError("Ange antingen column eller fixed.")
        return self


class Categories(_Section):
    column: Column | None = None
    names: dict[str, CategoryName] = {}
    default: CategoryName | None = None

    @model_validator(mode="after")
    def _some_source(self) -> Categories:
        if self.column is None and self.default is None:
            raise ValueError("Ange column eller default.")
        return self


class Stages(_Section):
    column: Column | None = None
    names: dict[str, StageName] = {}
    default: StageName | None = Stage.NEED


class Districts(_Section):
    """Part of the municipality; `none` are the texts that mean the whole of it."""

    column: Column
    code_column: Column | None = None
    none: list[Text] = []
    create_missing: bool = False


class Places(_Section):
    """Where: coordinate columns (`east`/`north`; longitude and latitude in EPSG:4326) or the layer's geometry.

    `map_crs` is the system in which the round keeps its places. `check` says where a place must be.
    """

    east: Column | None = None
    north: Column | None = None
    geometry: bool = False
    crs: Epsg | None = None
    map_crs: Epsg = "EPSG:3006"
    check: Annotated[str, Field(pattern=r"^(sweden|none|municipality:[0-9]{4})$")] = "sweden"
    missing: Literal["report", "refuse"] = "report"
    missing_note: Text = ""
    note: list[Column] = []
    repair: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Places:
        columns = self.east is not None and self.north is not None
        if (self.east is None) != (self.north is None):
            raise ValueError("Ange både east och north.")
        if columns and self.geometry:
            raise ValueError("Ange antingen kolumner (east, north) eller geometry.")
        if columns and self.crs is None:
            raise ValueError("Ange crs för koordinatkolumnerna, till exempel EPSG:3006.")
        if self.check != "none" and self.map_crs != "EPSG:3006":
            raise ValueError("Platser utanför Sverige (annan map_crs än EPSG:3006) kräver check = none.")
        return self


class Grants(_Section):
    """Grants and other outside funding, in the same unit as the outlays, as positive amounts."""

    years: Years
    outside: list[Column] = []
    name: Annotated[str, Field(min_length=1, max_length=120)]
    negative: NegativePolicy = "refuse"
    recognition: Annotated[Recognition, Field(strict=False)] = Recognition.OVER_LIFE


LifeYears = Annotated[int, Field(ge=1, le=150)]


class Lives(_Section):
    """Useful life in years, for the one component each proposal gets; without this section it gets none."""

    default: LifeYears
    by_category: dict[CategoryName, LifeYears] = {}
    part: Annotated[Part, Field(strict=False)] = Part.PROPERTY
    name: Annotated[str, Field(min_length=1, max_length=120)] = "Anläggning"


class Result(_Section):
    """How the proposals stand afterwards. Nothing is assumed to be zero unless `assume_zero` says so."""

    status: Literal["draft", "submitted"] = "draft"
    assume_zero: list[Literal["operating", "grants", "disposals"]] = []
    may_be_delayed_years: Annotated[int, Field(ge=0, le=30)] = 0
    price_level_year: Annotated[int, Field(ge=2000, le=2200)]
    kind: Annotated[AlternativeKind, Field(strict=False)] = AlternativeKind.BUILD
    without_outlay: Literal["draft", "refuse"] = "draft"
    required_categories: list[CategoryName] = []


class Mapping(_Section):
    """A whole mapping file."""

    name: Text = ""
    file: FileFormat
    amounts: Amounts
    project: ProjectColumns
    committee: Committees
    category: Categories
    stage: Stages = Stages()
    district: Districts | None = None
    place: Places = Places()
    grants: Grants | None = None
    life: Lives | None = None
    result: Result

    @model_validator(mode="after")
    def _whole(self) -> Mapping:
        if not self.project.case_number and not self.project.case_number_prefix:
            raise ValueError("Ange project.case_number, eller case_number_prefix för löpande nummer.")
        if self.grants is not None and "grants" in self.result.assume_zero:
            raise ValueError("Bidrag kan inte både läsas (grants) och antas vara noll (assume_zero).")
        return self

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column that is named outright: (place in the mapping, column)."""
        lists = {
            "amounts.outside": self.amounts.outside,
            "project.case_number": self.project.case_number,
            "project.title": self.project.title,
            "project.purpose": self.project.purpose,
            "project.source_ref": self.project.source_ref,
            "project.group_by": self.project.group_by,
            "place.note": self.place.note,
            "grants.outside": self.grants.outside if self.grants else [],
        }
        single = {
            "amounts.total": self.amounts.total,
            "committee.column": self.committee.column,
            "category.column": self.category.column,
            "stage.column": self.stage.column,
            "district.column": self.district.column if self.district else None,
            "district.code_column": self.district.code_column if self.district else None,
            "place.east": self.place.east,
            "place.north": self.place.north,
        }
        for place, names in lists.items():
            yield from ((place, name) for name in names)
        yield from ((place, name) for place, name in single.items() if name is not None)
        for place, years in (("amounts.years", self.amounts.years), *self._grant_years()):
            if isinstance(years, dict):
                yield from ((f"{place}.{year}", name) for year, name in years.items())

    def _grant_years(self) -> list[tuple[str, Years]]:
        return [("grants.years", self.grants.years)] if self.grants else []

    def to_json(self) -> dict[str, Any]:
        """The mapping as it is kept with the import."""
        return self.model_dump(mode="json")


def year_columns(years: Years, header: tuple[str, ...]) -> dict[int, str]:
    """Year → column, from a pattern such as `combined{year}` or the years named one by one.

    >>> year_columns("combined{year}", ("combined2021", "combined_total", "xcombined2022"))
    {2021: 'combined2021'}
    """
    if isinstance(years, dict):
        return {int(year): column for year, column in sorted(years.items())}
    before, _, after = years.partition(YEAR_PLACE)
    pattern = re.compile(re.escape(before) + r"((?:19|20|21)[0-9]{2})" + re.escape(after))
    found = {int(match[1]): column for column in header if (match := pattern.fullmatch(column))}
    return dict(sorted(found.items()))


def read_mapping(text: str) -> Mapping:
    """The mapping that a TOML text states.

    Raises:
        InvalidInputError: one note per place (`amounts.unit`), all at once.
    """
    if len(text) > MAX_MAPPING_CHARACTERS:
        raise InvalidInputError({"mapping": Note("Mappningsfilen är för stor.")})
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(
            {"mapping": Note("Mappningen är inte giltig TOML: %(fault)s", {"fault": str(error)})}
        ) from None
    try:
        mapping = Mapping.model_validate(stated)
    except ValidationError as error:
        raise InvalidInputError(dict(_faults(error))) from None
    _refuse_bad_patterns(mapping)
    return mapping


def _refuse_bad_patterns(mapping: Mapping) -> None:
    faults = {
        place: Note("Skriv {year} en gång där årtalet står i rubriken, till exempel Utgift {year}.")
        for place, years in (("amounts.years", mapping.amounts.years), *mapping._grant_years())
        if isinstance(years, str) and years.count(YEAR_PLACE) != 1
    }
    if faults:
        raise InvalidInputError(faults)


def _faults(error: ValidationError) -> Iterator[tuple[str, Note]]:
    for fault in error.errors(include_url=False, include_context=False):
        # Pydantic names the branch of a union in the place; people know only their own keys.
        steps = [
            str(step) for step in fault["loc"] if not str(step).startswith(("dict[", "function-", "str"))
        ]
        yield ".".join(steps) or "mapping", _fault_note(fault["type"], fault["msg"], fault["input"])


def _fault_note(kind: str, message: str, value: object) -> Note:
    if kind == "missing":
        return Note("Saknas i mappningen.")
    if kind == "extra_forbidden":
        return Note("Det finns ingen sådan inställning.")
    if kind == "value_error":
        return Note("%(fault)s", {"fault": message.removeprefix("Value error, ")})
    return Note("Värdet %(value)s passar inte: %(fault)s", {"value": repr(value)[:60], "fault": message})
