"""What became of each row of an imported file, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from investplan.errors import Note

Outcome = Literal["taken", "changed", "refused", "skipped"]


@dataclass(frozen=True)
class Remark:
    """Something worth telling of a row; `changes` where what is taken differs from what the file says."""

    note: Note
    changes: bool = False


@dataclass
class RowReport:
    """What became of one row of the file."""

    number: int
    case_number: str = ""
    remarks: list[Remark] = field(default_factory=list)
    refusals: list[Note] = field(default_factory=list)
    skipped: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.refusals:
            return "refused"
        if self.skipped:
            return "skipped"
        return "changed" if any(remark.changes for remark in self.remarks) else "taken"

    @property
    def notes(self) -> list[Note]:
        return [*self.refusals, *[remark.note for remark in self.remarks]]

    def tell(self, note: Note) -> None:
        self.remarks.append(Remark(note))

    def change(self, note: Note) -> None:
        self.remarks.append(Remark(note, changes=True))

    def refuse(self, note: Note) -> None:
        if note not in self.refusals:
            self.refusals.append(note)

    def copy(self) -> RowReport:
        return RowReport(self.number, self.case_number, list(self.remarks), list(self.refusals), self.skipped)
