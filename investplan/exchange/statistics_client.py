"""Asking Statistics Sweden's PxWebApi 2 for the population: within its limits, and only where a setting names it.

At most 150 000 cells an answer and 30 calls in 10 seconds, or less where the service itself says so. Answers are bytes
that go the same way as a file. Source: section 8.3 of the domain reference.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from investplan.errors import InvestplanError, Note

MAX_CELLS = 150_000
MAX_CALLS, WINDOW_SECONDS = 30, 10.0
MAX_ANSWER_BYTES = 32 * 1024**2
TIMEOUT_SECONDS = 30.0
TRIES = 3
AGE = re.compile(r"[0-9]{1,3}\+?")
AREA, AGES, CONTENTS, TIME = "Region", "Alder", "ContentsCode", "Tid"


class StatisticsError(InvestplanError):
    """The statistics service is not set, does not answer, or answers with something else than it should."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer from elsewhere is not the answer of the service that the setting names."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Pace:
    """At most `calls` in any `seconds`: waits before a call that would be one too many."""

    calls: int = MAX_CALLS
    seconds: float = WINDOW_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    made: deque[float] = field(default_factory=deque)

    def wait(self) -> None:
        now = self.clock()
        while self.made and now - self.made[0] >= self.seconds:
            self.made.popleft()
        if len(self.made) >= self.calls:
            self.sleep(self.made[0] + self.seconds - now)
            self.made.popleft()
        self.made.append(self.clock())


class StatisticsClient:
    """Reads tables of one service.

    Args:
        url: Its base address, as `https://statistikdatabasen.scb.se/api/v2`.
        pace: How often it may be asked; the service's own limits are kept to as well.
    """

    def __init__(self, url: str, pace: Pace | None = None) -> None:
        if not url:
            raise StatisticsError(Note("Ingen statistiktjänst är inställd (INVESTPLAN_SCB_URL)."))
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise StatisticsError(Note("Statistiktjänstens adress ska börja med https://."))
        self.url = url.rstrip("/")
        self.paces = [pace or Pace()]
        self.max_cells = MAX_CELLS
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._knows_limits = False

    def population(self, table: str, region: str, years: Sequence[int]) -> list[bytes]:
        """JSON-stat answers that together hold one region by single year of age in those years, on 31 December.

        What the table can leave out (sex, marital status) is left out. Years are split over several answers where
        one would be too large.

        Raises:
            StatisticsError: no such table, region or year, or the service does not answer.
        """
        self._learn_limits()
        metadata = self._json(f"/tables/{urllib.parse.quote(table)}/metadata", {"lang": "sv"})
        try:
            chosen = _choices(metadata, region, years)
        except (KeyError, TypeError, AttributeError) as error:
            raise StatisticsError(
                Note("Statistiktjänstens svar går inte att förstå (%(fault)s).", {"fault": str(error)[:80]})
            ) from None
        others = 1
        for name, codes in chosen.items():
            others *= 1 if name == TIME else len(codes)
        if others > self.max_cells:
            raise StatisticsError(
                Note("Tabellen är för stor att hämta: %(count)d celler per år.", {"count": others})
            )
        step = self.max_cells // others
        times = chosen[TIME]
        return [
            self._data(table, {**chosen, TIME: times[first : first + step]})
            for first in range(0, len(times), step)
        ]

    def _learn_limits(self) -> None:
        if self._knows_limits:
            return
        told = self._json("/config", {})
        if isinstance(told.get("maxDataCells"), int):
            self.max_cells = max(1, min(self.max_cells, told["maxDataCells"]))
        calls, seconds = told.get("maxCallsPerTimeWindow"), told.get("timeWindow")
        if isinstance(calls, int) and isinstance(seconds, int) and calls > 0 and seconds > 0:
            first = self.paces[0]
            self.paces.append(Pace(calls, float(seconds), first.clock, first.sleep, deque(first.made)))
        self._knows_limits = True

    def _data(self, table: str, chosen: Mapping[str, Sequence[str]]) -> bytes:
        query = {"lang": "sv", "outputFormat": "json-stat2"}
        query |= {f"valueCodes[{name}]": ",".join(codes) for name, codes in chosen.items()}
        return self._get(f"/tables/{urllib.parse.quote(table)}/data", query)

    def _json(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            found = json.loads(self._get(path, query))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise StatisticsError(Note("Statistiktjänstens svar är inte JSON (%(path)s).", {"path": path}))
        return found

    def _get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The answer's bytes; an answer of "too many calls" is waited for, a few times."""
        address = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        for attempt in range(1, TRIES + 1):
            for pace in self.paces:
                pace.wait()
            try:
                with self._opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
                    content: bytes = answer.read(MAX_ANSWER_BYTES + 1)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 429 and attempt < TRIES:
                    self.paces[0].sleep(_retry_seconds(error.headers.get("Retry-After")))
                    continue
                raise StatisticsError(_refused(error.code, path)) from None
            except (OSError, ValueError) as error:
                raise StatisticsError(
                    Note("Statistiktjänsten svarar inte (%(fault)s).", {"fault": str(error)[:80]})
                ) from None
            if len(content) > MAX_ANSWER_BYTES:
                raise StatisticsError(Note("Statistiktjänstens svar är för stort."))
            return content
        raise AssertionError("the last attempt returns or raises")


def _retry_seconds(stated: str | None) -> float:
    return min(float(stated), 60.0) if stated and stated.isdecimal() else WINDOW_SECONDS


def _refused(status: int, path: str) -> Note:
    if status == 404:
        return Note("Statistiktjänsten har ingen sådan tabell (%(path)s).", {"path": path})
    return Note("Statistiktjänsten svarar %(status)d på %(path)s.", {"status": status, "path": path})


def _choices(metadata: Mapping[str, Any], region: str, years: Sequence[int]) -> dict[str, list[str]]:
    """Codes by dimension, read from the table's own metadata: never assumed."""
    chosen: dict[str, list[str]] = {}
    for name in metadata["id"]:
        dimension = metadata["dimension"][name]
        category = dimension["category"]
        codes = sorted(category["index"], key=lambda code, index=category["index"]: index[code])  # type: ignore[misc]
        labels = category.get("label") or {}
        if name == AREA:
            chosen[name] = [_one(codes, region, "region")]
        elif name == AGES:
            chosen[name] = [code for code in codes if AGE.fullmatch(code)]
        elif name == CONTENTS:
            chosen[name] = [_population_measure(codes, labels)]
        elif name == TIME:
            chosen[name] = [_time(codes, year) for year in years]
        elif not (dimension.get("extension") or {}).get("elimination"):
            chosen[name] = codes
    if not {AREA, AGES, TIME} <= chosen.keys() or not chosen[AGES]:
        raise StatisticsError(Note("Tabellen har inte folkmängd per region, ettårig ålder och år."))
    return chosen


def _one(codes: Sequence[str], wanted: str, noun: str) -> str:
    if wanted not in codes:
        raise StatisticsError(
            Note("Tabellen har inte %(noun)s %(wanted)s.", {"noun": noun, "wanted": wanted})
        )
    return wanted


def _time(codes: Sequence[str], year: int) -> str:
    """The year itself, or its December in a table by month."""
    for code in (str(year), f"{year}M12"):
        if code in codes:
            return code
    raise StatisticsError(Note("Tabellen har inte 31 december %(year)d.", {"year": year}))


def _population_measure(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    found = [code for code in codes if str(labels.get(code, "")).casefold().startswith("folkmängd")]
    if len(found) != 1 and len(codes) != 1:
        raise StatisticsError(Note("Tabellen har inte ett innehåll som heter Folkmängd."))
    return found[0] if len(found) == 1 else codes[0]
