"""From rows as the mapping reads them to proposals-to-be: put together, named, numbered; taken whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from investplan.domain.proposals import Category, Stage
from investplan.errors import Note
from investplan.exchange.amounts import Money
from investplan.exchange.mappings import Mapping
from investplan.exchange.row_reports import RowReport

MAX_TEXTS_JOINED = 20_000


@dataclass
class StagedRow:
    """One row as the mapping reads it, before rows are put together."""

    report: RowReport
    texts: dict[str, str]
    outlays: Money = field(default_factory=Money)
    grants: Money = field(default_factory=Money)
    place_wkt: str | None = None

    def joined(self, columns: Iterable[str], separator: str) -> str:
        return separator.join(text for column in columns if (text := self.texts.get(column, "")))


@dataclass
class StagedProject:
    """A proposal-to-be. `committee` and `district` are as the file (or the mapping's names) call them."""

    rows: list[StagedRow]
    case_number: str
    title: str
    committee: str
    category: Category | None
    stage: Stage
    purpose: str
    place_note: str
    source_ref: str
    district: tuple[str, str] | None
    place_wkt: str | None
    outlays: Money
    grants: Money

    @property
    def report(self) -> RowReport:
        """Where remarks on the whole go: its first row's report."""
        return self.rows[0].report


def group(rows: list[StagedRow], mapping: Mapping) -> list[StagedProject]:
    by_key: dict[tuple[str, ...], list[StagedRow]] = defaultdict(list)
    for row in rows:
        key = tuple(row.texts[column] for column in mapping.project.group_by) or (str(id(row)),)
        by_key[key].append(row)
    return [_project(together, mapping) for together in by_key.values()]


def _project(rows: list[StagedRow], mapping: Mapping) -> StagedProject:
    columns = mapping.project
    first = rows[0]
    outlays, grants = Money(), Money()
    for row in rows:
        outlays.add(row.outlays)
        grants.add(row.grants)
        if row is not first:
            row.report.tell(
                Note("Raden ingår i samma förslag som rad %(row)d.", {"row": first.report.number})
            )
    if len(rows) > 1:
        first.report.tell(Note("%(count)d rader är sammanförda till ett förslag.", {"count": len(rows)}))
    project = StagedProject(
        rows,
        first.joined(columns.case_number, columns.case_number_separator),
        _cut(first.joined(columns.title, columns.title_separator), 200, "Rubriken", first.report),
        _committee(rows, mapping),
        _category(rows, mapping),
        _stage(rows, mapping),
        _purpose(rows, mapping),
        _place_note(rows, mapping),
        _cut("; ".join(_distinct(rows, columns.source_ref)), 200, "Källhänvisningen", first.report),
        _district(rows, mapping),
        _place(rows),
        outlays,
        grants,
    )
    if not project.title:
        first.report.refuse(Note("Rubriken är tom."))
    return project


def _cut(text: str, most: int, label: str, report: RowReport) -> str:
    if len(text) <= most:
        return text
    report.change(Note("%(label)s är avkortad till %(max)d tecken.", {"label": label, "max": most}))
    return text[: most - 1] + "…"


def _distinct(rows: list[StagedRow], columns: Iterable[str]) -> list[str]:
    """Texts of the columns over all rows, each once, in order of appearance."""
    chosen = list(columns)
    return list(dict.fromkeys(row.texts[column] for row in rows for column in chosen if row.texts[column]))


def _heaviest(rows: list[StagedRow], column: str, label: str) -> str:
    """The text that the rows agree on, or the one that carries the largest amounts."""
    weights: dict[str, int] = {}
    for row in rows:
        size = sum(abs(amount) for amount in row.outlays.by_year.values())
        weights[row.texts[column]] = weights.get(row.texts[column], 0) + size
    chosen = max(weights, key=lambda text: weights[text])
    if len(weights) > 1:
        rows[0].report.tell(
            Note("%(label)s skiljer mellan raderna (%(count)d olika); den med störst belopp gäller: %(chosen)s", {
                "label": label, "count": len(weights), "chosen": chosen})
        )  # fmt: skip
    return chosen


def _committee(rows: list[StagedRow], mapping: Mapping) -> str:
    committee = mapping.committee
    if committee.column is None:
        return committee.fixed or ""
    stated = _heaviest(rows, committee.column, "Nämnden")
    if not stated:
        rows[0].report.refuse(Note("Nämnden är tom."))
    return committee.names.get(stated, stated)


def _category(rows: list[StagedRow], mapping: Mapping) -> Category | None:
    stated = mapping.category
    if stated.column is None:
        return stated.default
    text = _heaviest(rows, stated.column, "Kategorin")
    found = stated.names.get(text) or (Category(text) if text in set(Category) else None)
    if found is not None:
        return found
    if stated.default is None:
        rows[0].report.refuse(Note("Kategorin ”%(text)s” finns inte i mappningen.", {"text": text[:80]}))
    else:
        rows[0].report.tell(
            Note("Kategorin ”%(text)s” finns inte i mappningen; %(default)s gäller.", {
                "text": text[:80], "default": stated.default.value})
        )  # fmt: skip
    return stated.default


def _stage(rows: list[StagedRow], mapping: Mapping) -> Stage:
    stated = mapping.stage
    if stated.column is None:
        return stated.default or Stage.NEED
    text = _heaviest(rows, stated.column, "Skedet")
    found = stated.names.get(text) or (Stage(text) if text in set(Stage) else None)
    if found is None and stated.default is None:
        rows[0].report.refuse(Note("Skedet ”%(text)s” finns inte i mappningen.", {"text": text[:80]}))
    elif found is None:
        rows[0].report.change(Note("Skedet ”%(text)s” finns inte i mappningen.", {"text": text[:80]}))
    return found or stated.default or Stage.NEED


def _purpose(rows: list[StagedRow], mapping: Mapping) -> str:
    separator = "\n" if len(rows) > 1 else ". "
    text = separator.join(_distinct(rows, mapping.project.purpose))
    if not text and mapping.project.purpose_if_empty:
        rows[0].report.change(Note("Beskrivningen är tom; mappningens text gäller."))
        text = mapping.project.purpose_if_empty
    return _cut(text, MAX_TEXTS_JOINED, "Beskrivningen", rows[0].report)


def _place_note(rows: list[StagedRow], mapping: Mapping) -> str:
    texts = _distinct(rows, mapping.place.note)
    if not any(row.place_wkt for row in rows) and mapping.place.missing_note:
        texts.append(mapping.place.missing_note)
    return _cut("; ".join(texts), 300, "Platstexten", rows[0].report)


def _place(rows: list[StagedRow]) -> str | None:
    places = list(dict.fromkeys(row.place_wkt for row in rows if row.place_wkt))
    if len(places) > 1:
        rows[0].report.change(
            Note("Raderna har %(count)d olika platser; den första gäller.", {"count": len(places)})
        )
    return places[0] if places else None


def _district(rows: list[StagedRow], mapping: Mapping) -> tuple[str, str] | None:
    """(code or empty, name) where all rows lie in one district."""
    if mapping.district is None:
        return None
    stated = mapping.district
    found = dict.fromkeys(
        (row.texts[stated.code_column] if stated.code_column else "", row.texts[stated.column])
        for row in rows
        if row.texts[stated.column] and row.texts[stated.column] not in stated.none
    )
    whole = any(row.texts[stated.column] in stated.none for row in rows)
    if len(found) == 1 and not whole:
        return next(iter(found))
    if found:
        rows[0].report.change(Note("Raderna ligger i flera områden; förslaget får inget område."))
    return None


def number(projects: list[StagedProject], mapping: Mapping) -> None:
    """Case numbers: made of columns or counted, with prefix; duplicates by the mapping's rule."""
    columns = mapping.project
    width = len(str(len(projects)))
    seen: dict[str, StagedProject] = {}
    taken = {columns.case_number_prefix + project.case_number for project in projects}
    for count, project in enumerate(projects, start=1):
        if not columns.case_number:
            project.case_number = f"{count:0{max(4, width)}d}"
        elif not project.case_number:
            project.report.refuse(Note("Diarienumret är tomt."))
            continue
        project.case_number = columns.case_number_prefix + project.case_number
        earlier = seen.get(project.case_number)
        if earlier is None:
            seen[project.case_number] = project
        else:
            _handle_duplicate(project, earlier, mapping, taken)
            seen.setdefault(project.case_number, project)
    for project in projects:
        for row in project.rows:
            row.report.case_number = project.case_number


def _handle_duplicate(
    project: StagedProject, earlier: StagedProject, mapping: Mapping, taken: set[str]
) -> None:
    facts = {"number": project.case_number, "row": earlier.report.number}
    policy = mapping.project.duplicate
    earlier.report.tell(Note("Samma diarienummer står också på rad %(row)d.", {"row": project.report.number}))
    if policy == "refuse":
        project.report.refuse(Note("Diarienumret %(number)s står redan på rad %(row)d.", facts))
    elif policy == "keep_first":
        for row in project.rows:
            row.report.skipped = True
        project.report.tell(
            Note("Diarienumret %(number)s står redan på rad %(row)d; raden hoppas över.", facts)
        )
    else:
        number = 2
        while f"{project.case_number}-{number}" in taken:
            number += 1
        project.case_number = f"{project.case_number}-{number}"
        taken.add(project.case_number)
        project.report.change(
            Note("Diarienumret %(number)s står redan på rad %(row)d; raden får %(new)s.", {
                **facts, "new": project.case_number})
        )  # fmt: skip


def refuse_siblings(projects: list[StagedProject]) -> None:
    """A project is taken whole or not at all: half of its rows would be another project."""
    for project in projects:
        refuse_together(project)


def refuse_together(project: StagedProject, reports: dict[int, RowReport] | None = None) -> None:
    """Refuse the other rows of a project of which one row is refused."""
    own = [reports[row.report.number] if reports else row.report for row in project.rows]
    bad = next((report for report in own if report.refusals), None)
    if bad is not None:
        for report in own:
            if not report.refusals:
                report.refuse(Note("Rad %(row)d i samma förslag går inte att ta emot.", {"row": bad.number}))
