"""What can go wrong that the user can do something about.

```
InvestplanError                 expected; the user can do something about it
├─ NotFoundError(noun, key)     404
│  └─ NoRoundError              404   there is no planning round yet
├─ NotAllowedError(action)      403
├─ InvalidInputError(fields)    422   one message per field, all at once
├─ ConflictError                409   someone else changed it: both versions
└─ StateError(note)             409   exists, but not in this state (locked after decision, run already active, …)
anything else                   a bug: 500, logged with the request id
```
Only `web/errors.py` knows the HTTP statuses. Texts are `Note`s: Swedish message ids with parameters, so that the
pages can show them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """A text for the user: a Swedish message id with `%(name)s` places and the facts that fill them.

    >>> str(Note("Högst %(max)s kr", {"max": 5}))
    'Högst 5 kr'
    """

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.facts if self.facts else self.text


class InvestplanError(Exception):
    """Expected; the user can do something about it."""

    def __init__(self, note: Note | str = "") -> None:
        self.note = note if isinstance(note, Note) else Note(note)
        super().__init__(str(self.note))


class NotFoundError(InvestplanError):
    """There is no such record, or the asker may not know of it."""

    def __init__(self, noun: str, key: object) -> None:
        self.noun, self.key = noun, key
        super().__init__(
            Note("Det du söker finns inte, eller så får du inte se det (%(key)s).", {"key": key})
        )


class NoRoundError(NotFoundError):
    """There is no planning round yet, and what was asked for is about one."""

    def __init__(self) -> None:
        super().__init__("planning round", "")
        self.note = Note("Det finns ingen planeringsomgång ännu.")


class NotAllowedError(InvestplanError):
    """The signed-in user's role or organisation does not allow the action."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(Note("Din roll får inte göra detta: %(action)s.", {"action": action}))


class InvalidInputError(InvestplanError):
    """Input that does not fit: one message per field, all at once."""

    def __init__(self, fields: Mapping[str, Note]) -> None:
        self.fields = dict(fields)
        super().__init__(Note("; ".join(f"{k}: {v}" for k, v in self.fields.items()).replace("%", "%%")))

    def __str__(self) -> str:
        return "; ".join(f"{name}: {note}" for name, note in self.fields.items())


class ConflictError(InvestplanError):
    """Someone else changed the record after the user fetched it: carries both versions."""

    def __init__(
        self, noun: str, key: object, *, stored: Mapping[str, Any], submitted: Mapping[str, Any]
    ) -> None:
        self.noun, self.key, self.stored, self.submitted = noun, key, dict(stored), dict(submitted)
        super().__init__(Note("Någon annan har ändrat posten sedan du öppnade den."))


class StateError(InvestplanError):
    """The record exists, but not in a state in which this may be done."""
