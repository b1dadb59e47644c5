"""Commands that keep running: serve, worker, relay."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import click
import waitress

from investplan import queue
from investplan.config import Settings
from investplan.services import daily, databases, mails, runs, study_parts
from investplan.services.work import begin, look

RELAY_SECONDS = 0.3
SWEEP_SECONDS = 1.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
WELL_SECONDS = 60.0
"""A worker that has lived this long was well: its next death is paused for as the first."""

WORKER_MODULE = "investplan.tasks"

log = logging.getLogger(__name__)


class Courier:
    """A thread that hands over the outbox and sends overdue runs and parts of studies out again.

    Several at once do no harm: a run that is delivered twice is carried out once.
    """

    def __init__(self, database: databases.Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._celery = queue.make_celery(settings)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_round, name="courier", daemon=True)

    def start(self, *, resend: bool = False) -> None:
        """Begin; with `resend` every waiting run is sent again first, since an embedded queue may have lost it."""
        if resend:
            self._sweep(patience_seconds=0)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _go_round(self) -> None:
        next_sweep = time.monotonic()
        while not self._ended.wait(RELAY_SECONDS):
            try:
                if time.monotonic() >= next_sweep:
                    next_sweep = time.monotonic() + SWEEP_SECONDS
                    self._sweep()
                queue.relay_once(self._database, self._celery)
            except Exception:
                # The database is away, say: what waits is still there when it comes back.
                log.exception("the courier goes on after an error")
                self._ended.wait(SWEEP_SECONDS)

    def _sweep(self, patience_seconds: int = runs.PATIENCE_SECONDS) -> None:
        # Looking takes no lock; the write transaction is only opened when there is something to write.
        with look(self._database) as work:
            found = [
                noun
                for noun in (runs, study_parts, daily, mails)
                if noun.overdue(work, patience_seconds=patience_seconds)
            ]
        for noun in found:
            with begin(self._database) as work:
                sent = noun.sweep(
                    work, max_attempts=self._settings.max_attempts, patience_seconds=patience_seconds
                )
            log.warning("sent out again by %s: %s", noun.__name__, sent)


class WorkerProcess:
    """One Celery worker as a child in a process group of its own, started again when it dies.

    Its pid and start time are kept in `data_dir/worker.json`, so that a service that was killed ends its own stale
    worker when it is started again.
    """

    def __init__(self, settings: Settings, *, concurrency: int = 1) -> None:
        self._settings, self._concurrency = settings, concurrency
        self._note = settings.data_dir / "worker.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="worker-watch", daemon=True)

    def start(self) -> None:
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        end_stale_worker(self._note)
        self._spawn()
        self._thread.start()

    def stop(self) -> None:
        """End the worker: TERM, and after ten seconds KILL for the whole group."""
        self._ended.set()
        self._thread.join()
        if self._process is not None:
            end_group(self._process.pid, self._process)
        self._note.unlink(missing_ok=True)

    def _spawn(self) -> None:
        self._process = subprocess.Popen(
            self._command(),
            env={**os.environ, **self._settings.as_environment()},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        note = {"pid": self._process.pid, "started": start_ticks(self._process.pid)}
        self._note.write_text(json.dumps(note))

    def _command(self) -> list[str]:
        return [
            *(
                sys.executable,
                "-m",
                "celery",
                "-A",
                WORKER_MODULE,
                "--quiet",
                "worker",
                "--loglevel",
                "WARNING",
            ),
            *("--pool", "prefork", "--concurrency", str(self._concurrency)),
            *("--without-gossip", "--without-mingle", "--hostname", "investplan@%h"),
        ]

    def _watch(self) -> None:
        pause_seconds, born = FIRST_PAUSE_SECONDS, time.monotonic()
        while not self._ended.wait(LOOK_SECONDS):
            assert self._process is not None
            status = self._process.poll()
            if status is None:
                continue
            if time.monotonic() - born > WELL_SECONDS:
                pause_seconds = FIRST_PAUSE_SECONDS
            log.warning("the worker ended (%s); started again in %s s", status, pause_seconds)
            kill_group(self._process.pid)
            if self._ended.wait(pause_seconds):
                return
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
            self._spawn()
            born = time.monotonic()


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when there is none (or no /proc). Tells reused pids apart."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def session_members(session_id: int) -> list[int]:
    """Living processes of a session that are our worker's: a pool child may outlive the one that started it."""
    members: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            fields = stat.read_text().rpartition(")")[2].split()
            ours = WORKER_MODULE.encode() in (stat.parent / "cmdline").read_bytes()
            if int(fields[3]) == session_id and fields[0] != "Z" and ours:
                members.append(int(stat.parent.name))
    return members


def kill_group(group_id: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group_id, signal.SIGKILL)


def end_group(group_id: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """TERM to the group's leader, KILL to all of it when they are not gone after ten seconds."""
    with suppress(ProcessLookupError):
        os.kill(group_id, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if process is not None:
            process.poll()
        if not session_members(group_id):
            break
        time.sleep(0.1)
    if process is None or process.poll() is None or session_members(group_id):
        kill_group(group_id)
    if process is not None:
        process.wait()


def end_stale_worker(note: Path) -> None:
    """End the worker that a killed service left behind, if it is still there and still the same."""
    try:
        left = json.loads(note.read_text())
        pid, started = int(left["pid"]), left["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if start_ticks(pid) not in (None, started) or not session_members(pid):
        return
    log.warning("a worker from an earlier service is still there (%s); it is ended", pid)
    end_group(pid)


@contextmanager
def _running(settings: Settings, *, worker: WorkerProcess | None) -> Iterator[None]:
    """Courier and worker around what the command itself does; the database is brought to the newest revision first."""
    database = databases.open_database(settings)
    databases.migrate(database)
    queue.prepare_folders(settings)
    courier = Courier(database, settings)
    try:
        if worker is not None:
            worker.start()
        courier.start(resend=settings.is_embedded)
        try:
            yield
        finally:
            courier.stop()
    finally:
        if worker is not None:
            worker.stop()
        database.close()


def _leave(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second TERM must not cut the orderly end short
    raise SystemExit(0)


def _prepare() -> None:
    signal.signal(signal.SIGTERM, _leave)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _wait_for_signal() -> None:
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()


def _create_app(settings: Settings) -> Any:
    # By name: `web` stands above this package and may not be imported from it.
    return importlib.import_module("web.app").create_app(settings)


@click.command("serve")
@click.option("--host", help="Address to answer on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to answer on (8020); 0 picks a free one.")
def serve(host: str | None, port: int | None) -> None:
    """Start the pages; without a broker address also the embedded worker. Stop with Ctrl-C."""
    _prepare()
    settings = Settings.from_environment()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    if settings.is_embedded:
        with _running(settings, worker=WorkerProcess(settings)):
            _serve_pages(settings)
        return
    database = databases.open_database(settings)
    databases.migrate(database)
    database.close()
    _serve_pages(settings)


def _serve_pages(settings: Settings) -> None:
    server = waitress.create_server(
        _create_app(settings), host=settings.host, port=settings.port, threads=settings.web_threads
    )
    click.echo(f"Serving on http://{settings.host}:{server.effective_port} — stop with Ctrl-C")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.close()


@click.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 64), default=1, help="Runs carried out at a time (1).")
def worker(concurrency: int) -> None:
    """Start a worker, with relay and sweep, for the RabbitMQ or Redis broker of INVESTPLAN_BROKER_URL."""
    _prepare()
    settings = _server_settings()
    with _running(settings, worker=WorkerProcess(settings, concurrency=concurrency)):
        click.echo("Worker started — stop with Ctrl-C")
        _wait_for_signal()


@click.command("relay")
def relay() -> None:
    """Start only relay and sweep: what hands messages over to the broker."""
    _prepare()
    with _running(_server_settings(), worker=None):
        click.echo("Relay started — stop with Ctrl-C")
        _wait_for_signal()


def _server_settings() -> Settings:
    settings = Settings.from_environment()
    if settings.is_embedded:
        raise click.UsageError(
            "INVESTPLAN_BROKER_URL is empty: the queue is embedded, and `investplan serve` has the worker."
        )
    return settings


commands = [serve, worker, relay]
