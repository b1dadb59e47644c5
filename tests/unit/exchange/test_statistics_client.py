"""The client against a server of our own on the loopback: what it asks for, how often, and what it refuses."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from investplan.domain.populations import PopulationScenario
from investplan.exchange.statistics_client import Pace, StatisticsClient, StatisticsError
from investplan.services import populations
from investplan.services.populations import Asked

YEARS = ["2021", "2022", "2023", "2024", "2025"]
AGES = ["0", "1", "2+", "tot", "0-4"]


@dataclass
class Service:
    """What the fake service says, and what it was asked."""

    url: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    raw: bytes | None = None
    times: list[str] = field(default_factory=lambda: list(YEARS))
    has_sex: bool = False

    @property
    def data_queries(self) -> list[dict[str, list[str]]]:
        return [parse_qs(urlsplit(path).query) for path in self.asked if "/data?" in path]

    def dimensions(self) -> dict[str, tuple[list[str], dict[str, Any]]]:
        found: dict[str, tuple[list[str], dict[str, Any]]] = {
            "Region": (["00", "0880"], {"elimination": True}),
            "Civilstand": (["OG", "G"], {"elimination": True}),
            "Alder": (AGES, {"elimination": True}),
            "ContentsCode": (["BE0101N1", "BE0101N2"], {}),
            "Tid": (self.times, {}),
        }
        return found | ({"Kon": (["1", "2"], {"elimination": False})} if self.has_sex else {})

    def metadata(self) -> dict[str, Any]:
        labels = {"BE0101N1": "Folkmängd", "BE0101N2": "Folkökning"}
        dimensions = {
            name: {
                "category": {"index": {code: place for place, code in enumerate(codes)}, "label": labels},
                "extension": extension,
            }
            for name, (codes, extension) in self.dimensions().items()
        }
        return {"class": "dataset", "id": list(dimensions), "dimension": dimensions}

    def data(self, query: dict[str, list[str]]) -> dict[str, Any]:
        chosen = {
            name: query[f"valueCodes[{name}]"][0].split(",")
            for name in self.dimensions()
            if f"valueCodes[{name}]" in query
        }
        size = [len(codes) for codes in chosen.values()]
        count = 1
        for one in size:
            count *= one
        dimensions = {name: {"category": {"index": codes}} for name, codes in chosen.items()}
        return {
            "class": "dataset", "id": list(chosen), "size": size, "dimension": dimensions, "value": [10] * count,
        }  # fmt: skip


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            path = urlsplit(self.path)
            if made.refuse and not path.path.endswith("/config"):
                status, headers = made.refuse.pop(0)
                self.answer(b"{}", status, headers)
            elif made.raw is not None:
                self.answer(made.raw)
            elif path.path.endswith("/config"):
                self.answer(json.dumps(made.config).encode())
            elif path.path.endswith("/metadata"):
                self.answer(json.dumps(made.metadata()).encode())
            else:
                self.answer(json.dumps(made.data(parse_qs(path.query))).encode())

        def answer(self, content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/api/v2"
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, calls: int = 30, seconds: float = 10.0) -> Pace:
        return Pace(calls, seconds, lambda: self.now, self.sleep)


def client(service: Service, clock: Clock | None = None) -> StatisticsClient:
    return StatisticsClient(service.url, (clock or Clock()).pace())


def refusal(service: Service, region: str = "0880", years: tuple[int, ...] = (2025,)) -> str:
    with pytest.raises(StatisticsError) as caught:
        client(service).population("TAB638", region, years)
    return str(caught.value)


def test_it_asks_for_one_region_by_single_years_of_age_and_leaves_out_what_can_be_left_out(
    service: Service,
) -> None:
    client(service).population("TAB638", "0880", (2024, 2025))
    [query] = service.data_queries
    assert query == {
        "lang": ["sv"],
        "outputFormat": ["json-stat2"],
        "valueCodes[Region]": ["0880"],
        "valueCodes[Alder]": ["0,1,2+"],
        "valueCodes[ContentsCode]": ["BE0101N1"],
        "valueCodes[Tid]": ["2024,2025"],
    }


def test_what_cannot_be_left_out_is_asked_for_whole(service: Service) -> None:
    service.has_sex = True
    client(service).population("TAB638", "0880", (2025,))
    assert service.data_queries[0]["valueCodes[Kon]"] == ["1,2"]


def test_a_table_by_month_is_asked_for_its_decembers(service: Service) -> None:
    service.times = ["2025M11", "2025M12"]
    client(service).population("TAB6471", "0880", (2025,))
    assert service.data_queries[0]["valueCodes[Tid]"] == ["2025M12"]


def test_no_answer_has_more_cells_than_the_service_gives(service: Service) -> None:
    service.config = {"maxDataCells": 7}
    answers = client(service).population("TAB638", "0880", (2021, 2022, 2023, 2024, 2025))
    assert [query["valueCodes[Tid]"] for query in service.data_queries] == [
        ["2021,2022"],
        ["2023,2024"],
        ["2025"],
    ]
    assert len(answers) == 3
    service.config = {"maxDataCells": 2}
    assert "för stor att hämta" in refusal(service)


def test_our_own_limit_holds_where_the_service_states_a_larger_one(service: Service) -> None:
    service.config = {"maxDataCells": 10**9}
    found = client(service)
    found.population("TAB638", "0880", (2025,))
    assert found.max_cells == 150_000


def test_at_most_thirty_calls_in_ten_seconds() -> None:
    clock = Clock()
    pace = clock.pace()
    moments = []
    for _ in range(75):
        pace.wait()
        moments.append(clock.now)
    for first, last in zip(moments, moments[30:], strict=False):
        assert last - first >= 10
    assert clock.slept == [10, 10]


def test_the_services_own_pace_is_kept_too(service: Service) -> None:
    service.config = {"maxDataCells": 3, "maxCallsPerTimeWindow": 3, "timeWindow": 1}
    clock = Clock()
    client(service, clock).population("TAB638", "0880", (2021, 2022, 2023, 2024, 2025))
    assert len(service.asked) == 7
    assert sum(clock.slept) == 2


def test_too_many_calls_is_waited_for_and_given_up_after_three(service: Service) -> None:
    clock = Clock()
    service.refuse = [(429, {"Retry-After": "4"})]
    assert client(service, clock).population("TAB638", "0880", (2025,))
    assert clock.slept == [4]
    service.refuse = [(429, {})] * 3
    assert "svarar 429" in refusal(service)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "ingen sådan tabell"), (500, "svarar 500"), (302, "svarar 302")]
)
def test_errors_and_redirects_are_told(service: Service, status: int, words: str) -> None:
    service.refuse = [(status, {"Location": "http://127.0.0.1:9/elsewhere"} if status == 302 else {})]
    assert words in refusal(service)


def test_what_the_table_does_not_have_is_told(service: Service) -> None:
    assert "inte region 9999" in refusal(service, region="9999")
    assert "inte 31 december 1999" in refusal(service, years=(1999,))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"<html>", "inte JSON"),
        (b"[]", "inte JSON"),
        (b"{}", "går inte att förstå"),
        (b'{"id": []}', "inte folkmängd"),
    ],
)
def test_an_answer_that_is_something_else_is_refused(service: Service, raw: bytes, words: str) -> None:
    service.raw = raw
    assert words in refusal(service)


def test_nothing_is_asked_without_the_setting_or_of_another_kind_of_address() -> None:
    with pytest.raises(StatisticsError, match="INVESTPLAN_SCB_URL"):
        StatisticsClient("")
    with pytest.raises(StatisticsError, match="https://"):
        StatisticsClient("file:///etc/passwd")


def test_a_service_that_is_not_there_is_told() -> None:
    with pytest.raises(StatisticsError, match="svarar inte"):
        StatisticsClient("http://127.0.0.1:9").population("TAB638", "0880", (2025,))


def test_several_answers_become_one_outcome(service: Service) -> None:
    service.config, service.has_sex = {"maxDataCells": 6}, True
    asked = Asked("2025", PopulationScenario.OUTCOME, "0880")
    staged = populations.fetch(service.url, "TAB638", asked, (2024, 2025), client=client(service))
    assert staged.reading.faults == ()
    assert staged.reading.series == {
        "outcome": {("", year): {0: 20_000, 1: 20_000, 2: 20_000} for year in (2024, 2025)}
    }
