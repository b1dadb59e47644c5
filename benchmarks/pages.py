"""List and map pages over 10,000 proposals: requests per second and p99, against Flask's own floor in the same run.

The named peer is a bare Flask view on the same server software and threads that returns the same number of bytes from
memory: no service, database or template can be faster than that. Both are asked by the same client over loopback.
"""

from __future__ import annotations

import http.client
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
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


def run(*, quick: bool = False) -> list[str]:
    """Lines to print: per page requests/s, p50, p99, and the ratio to the bare Flask view."""
    count, requests = (1_000, 40) if quick else (10_000, 400)
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), data_dir=Path(folder))
        database = databases.open_database(settings)
        databases.migrate(database)
        _fill(database, count)
        app = create_app(settings, database)
        lines = [
            f"{count} proposals, {CLIENTS} clients without think time, waitress with {settings.web_threads} threads"
        ]
        with _served(app, settings.web_threads) as port:
            cookie = _sign_in(port)
            for title, path in (
                ("list, first page", "/proposals"),
                ("list, search", "/proposals?q=skola+77"),
                ("list, sorted by outlay, page 7", "/proposals?sort=outlay&page=7"),
                ("map features", "/map/features.json"),
            ):
                lines += _measure(
                    title, path, port, cookie, requests if "features" not in path else requests // 10
                )
        database.close()
    return lines


def _measure(title: str, path: str, port: int, cookie: str, requests: int) -> list[str]:
    size = len(_get(port, path, cookie))
    ours = _ask(lambda: _get(port, path, cookie), requests)
    peer = Flask("peer")
    body = b"x" * size
    peer.add_url_rule("/", view_func=lambda: body)
    with _served(peer, 8) as peer_port:
        floor = _ask(lambda: _get(peer_port, "/", ""), requests)
    return [
        f"{title}: {ours['rps']:.0f} requests/s, p50 {ours['p50']:.0f} ms, p99 {ours['p99']:.0f} ms, {size / 1024:.0f} KiB; "
        f"bare Flask view of the same size {floor['rps']:.0f} requests/s, p99 {floor['p99']:.0f} ms: "
        f"ratio of requests/s {ours['rps'] / floor['rps']:.3f}"
    ]


def _fill(database: Database, count: int) -> None:
    with begin(database) as work:
        owner = factories.committee(work)
        found = factories.planning_round(work)
        factories.user(work, "ekonomi", Role.FINANCE)
        for number in range(count):
            east, north = 560_000.0 + number % 100 * 400, 6_260_000.0 + number // 100 * 400
            proposal = Proposal(
                round=found, case_number=f"KS 2026/{number:05}", title=f"Skola {number}", organisation=owner,
                category="expansion", purpose="Fler platser behövs.", stage="design", status="submitted",
                outlay_ore=number * factories.MNKR // 10, changed_at=work.now(), min_e=east, max_e=east,
                min_n=north, max_n=north,
            )  # fmt: skip
            template = factories.alternative()
            proposal.alternatives = [
                Alternative(
                    position=0,
                    code="build",
                    title="",
                    kind="build",
                    starts=list(template.starts),
                    price_level_year=2027,
                    commissioned_after_months=11,
                    geometry=shapely.to_wkb(shapely.Point(east, north)),
                    grants_stated=True,
                    operating_stated=True,
                    disposals_stated=True,
                    outlays=[Outlay(year_offset=0, amount_ore=proposal.outlay_ore)],
                    components=[
                        Component(position=0, name="Stomme", amount_ore=proposal.outlay_ore, life_months=480)
                    ],
                )
            ]
            work.session.add(proposal)


@contextmanager
def _served(app: Any, threads: int) -> Any:
    server = create_server(app, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        # The loop ends by itself once nothing is left to listen to; closing under it would be an error in its thread.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(server.close)
        thread.join(5)


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


def _ask(once: Callable[[], object], requests: int) -> dict[str, float]:
    """Requests per second over all clients, and percentiles in milliseconds."""
    spent: list[float] = []
    lock = threading.Lock()
    left = iter(range(requests))

    def client() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            began = time.perf_counter()
            once()
            with lock:
                spent.append((time.perf_counter() - began) * 1000)

    once()
    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(spent, n=100)
    return {"rps": len(spent) / seconds, "p50": cuts[49], "p99": cuts[98]}
