"""List, search, map and overlap check over 10,000 proposals with 20,000 geometries, against the same over 200.

Each page is asked for as a reader's browser does, over loopback, from a server of its own process, so that what the clients do
takes no time from it; both sizes answer in the same run. Warm is when nothing has changed since somebody last asked; after a
change is when a proposal has been saved in between. Beside them stands the least that a page can cost: a bare Flask view on
the same server software and threads that returns as many bytes from memory. Processor time per request is the server's own,
which a machine busy with other things hardly changes.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import shapely
from flask import Flask
from waitress.server import create_server

from investplan.config import Settings
from investplan.db.models import Alternative, Component, Outlay, Proposal
from investplan.db.session import Database
from investplan.domain.organisations import Role
from investplan.services import databases
from investplan.services.work import begin
from tests import factories
from web.app import create_app

CLIENTS = 4
SMALL = 200
PAGES = (
    ("list, first page", "/proposals"),
    ("list, search", "/proposals?search=skola+77"),
    ("list, sorted by outlay, page 4", "/proposals?sort=outlay&page=4"),
    ("map with its table", "/map"),
    ("map features, all of them", "/map/features.json"),
    ("place search", "/map/search.json?q=skola+77"),
    ("overlap check, 100 m", "/coordination"),
    ("overlap check, 500 m", "/coordination?distance=500"),
    ("a proposal with its neighbours", "/proposals/50"),
)


def run(*, quick: bool = False) -> Iterator[str]:
    """Lines to print as they come: per page requests/s, p99 and processor time at both sizes, and how they compare."""
    large, requests = (1_000, 40) if quick else (10_000, 400)
    threads = Settings().web_threads
    yield f"{CLIENTS} clients without think time, waitress with {threads} threads"
    with _site(SMALL) as small, _site(large) as big:
        for title, path in PAGES:
            few, many = (_measured(site, path, requests) for site in (small, big))
            with _served(partial(_bare, many.size), threads) as peer:
                floor = _ask(peer, "/", "", requests, CLIENTS)
            yield _told(title, few, many, floor, large)


@dataclass(frozen=True)
class Measured:
    """One page at one size: bytes, asked warm by all clients, and processor milliseconds of the first after a change."""

    size: int
    warm: Asked
    changed_ms: float


@dataclass(frozen=True)
class Site:
    """A served municipality, its database, and the cookie of somebody signed in."""

    server: Server
    database: Database
    cookie: str


@contextmanager
def _site(count: int) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), data_dir=Path(folder))
        database = databases.open_database(settings)
        databases.migrate(database)
        _fill(database, count)
        try:
            with _served(partial(create_app, settings), settings.web_threads) as server:
                yield Site(server, database, _sign_in(server.port))
        finally:
            database.close()


def _measured(site: Site, path: str, requests: int) -> Measured:
    size = len(_get(site.server.port, path, site.cookie))
    warm = _ask(site.server, path, site.cookie, requests if size < 1_000_000 else requests // 4, CLIENTS)
    spent = []
    for _ in range(5):
        with begin(site.database) as work:
            one = work.session.get_one(Proposal, 1)
            one.version, one.changed_at = one.version + 1, work.now()
        began = site.server.processor_seconds()
        _get(site.server.port, path, site.cookie)
        spent.append(1000 * (site.server.processor_seconds() - began))
    return Measured(size, warm, statistics.median(spent))


@dataclass(frozen=True)
class Server:
    """Where a server answers, and the process that it is."""

    port: int
    pid: int

    def processor_seconds(self) -> float:
        """What the process has used so far."""
        ticks = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Asked:
    """Requests per second over all clients, percentiles and the server's processor time per request in milliseconds."""

    per_second: float
    p50: float
    p99: float
    processor: float


def _told(title: str, few: Measured, many: Measured, floor: Asked, large: int) -> str:
    a, b = few.warm, many.warm
    # The clock of processor time ticks a hundred times a second.
    changed = many.changed_ms / max(few.changed_ms, 10)
    return (
        f"  {title} ({few.size / 1024:.0f} and {many.size / 1024:.0f} KiB)\n"
        f"    {SMALL}: {a.per_second:.1f} requests/s, p99 {a.p99:.0f} ms, {a.processor:.1f} ms of processor; "
        f"after a change {few.changed_ms:.0f} ms\n"
        f"    {large}: {b.per_second:.1f} requests/s, p99 {b.p99:.0f} ms, {b.processor:.1f} ms of processor; "
        f"after a change {many.changed_ms:.0f} ms\n"
        f"    {large / SMALL:.0f} times as many proposals: {b.processor / a.processor:.1f} times the processor time, "
        f"{changed:.1f} times after a change; {b.processor / floor.processor:.0f} times a bare view of the same size "
        f"({floor.per_second:.0f} requests/s, p99 {floor.p99:.0f} ms)"
    )


def _bare(size: int) -> Flask:
    """An app whose only view gives `size` bytes from memory."""
    peer, body = Flask("peer"), b"x" * size
    peer.add_url_rule("/", view_func=lambda: body)
    return peer


def _fill(database: Database, count: int) -> None:
    with begin(database) as work:
        owner = factories.committee(work)
        found = factories.planning_round(work)
        factories.user(work, "ekonomi", Role.FINANCE)
        for number in range(count):
            # Every fifth lies 60 m from the one before it: somebody to coordinate with.
            east = 560_000.0 + number % 100 * 400 - (340 if number % 5 == 4 else 0)
            north = 6_260_000.0 + number // 100 * 400
            proposal = Proposal(
                round=found, case_number=f"KS 2026/{number:05}", title=f"Skola {number}", organisation=owner,
                category="expansion", purpose="Fler platser behövs.", stage="design", status="submitted",
                outlay_ore=number * factories.MNKR // 10, changed_at=work.now(), min_e=east, max_e=east,
                min_n=north, max_n=north,
            )  # fmt: skip
            point, plot = shapely.Point(east, north), shapely.box(east, north, east + 50, north + 50)
            proposal.alternatives = [
                _alternative(0, "build", proposal.outlay_ore, point),
                _alternative(1, "rebuild", proposal.outlay_ore, plot),
            ]
            work.session.add(proposal)


def _alternative(position: int, kind: str, outlay_ore: int, place: Any) -> Alternative:
    return Alternative(
        position=position,
        code=kind,
        title="",
        kind=kind,
        starts=[2027, 2028, 2029],
        price_level_year=2027,
        commissioned_after_months=11,
        geometry=shapely.to_wkb(place),
        grants_stated=True,
        operating_stated=True,
        disposals_stated=True,
        outlays=[Outlay(year_offset=0, amount_ore=outlay_ore)],
        components=[Component(position=0, name="Stomme", amount_ore=outlay_ore, life_months=480)],
    )


@contextmanager
def _served(make: Callable[[], Any], threads: int) -> Iterator[Server]:
    """The app that `make` makes, served from a process of its own."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(make, threads, there), daemon=True)
    process.start()
    there.close()  # so that a child that dies is an error here, not silence
    try:
        yield Server(here.recv(), process.pid or 0)
    finally:
        process.terminate()
        process.join(5)


def _serve(make: Callable[[], Any], threads: int, told: Connection) -> None:
    server = create_server(make(), host="127.0.0.1", port=0, threads=threads)
    told.send(server.effective_port)
    server.run()


def _get(port: int, path: str, cookie: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        return body
    finally:
        connection.close()


def _sign_in(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sign-in")
    page = connection.getresponse()
    text = page.read().decode()
    cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert token is not None
    form = urlencode({"csrf_token": token[1], "username": "ekonomi", "password": "korrekt häst batteri"})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return (answer.getheader("Set-Cookie") or "").split(";")[0]


def _ask(server: Server, path: str, cookie: str, requests: int, clients: int) -> Asked:
    """Asks that many times, each client as soon as it has its answer."""
    spent_ms: list[float] = []
    lock = threading.Lock()
    left = iter(range(requests))

    def client() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            began = time.perf_counter()
            _get(server.port, path, cookie)
            with lock:
                spent_ms.append((time.perf_counter() - began) * 1000)

    for _ in range(5):  # what is made once for each thread of the server is made here
        _get(server.port, path, cookie)
    threads = [threading.Thread(target=client) for _ in range(clients)]
    processor, began = server.processor_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, processor = time.perf_counter() - began, server.processor_seconds() - processor
    cuts = statistics.quantiles(spent_ms, n=100, method="inclusive")  # p99 is never slower than the slowest
    return Asked(len(spent_ms) / seconds, cuts[49], cuts[98], 1000 * processor / len(spent_ms))
