"""Real servers for tests: PostgreSQL and RabbitMQ, each in a folder of its own, on a free port, ended afterwards.

`postgres_server()` and `rabbitmq_server()` start theirs at the first call and give the same one to the whole suite.
A test that kills its server takes one of its own: `PostgresServer(folder)`, `RabbitServer(folder)`.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import pytest

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], seconds: float, what: str, step_seconds: float = 0.05) -> float:
    """Seconds until the condition held; the test fails when it does not in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(step_seconds)
    return time.monotonic() - began


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def is_alive(pid: int) -> bool:
    """False for a zombie too: a killed process lingers as one until its parent looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def group_members(group_id: int) -> list[int]:
    """Living processes of a process group."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group_id and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group that a process leads, and wait until all of it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not group_members(process.pid), 10, "the killed group is gone")


def require(path: Path | None, package: str) -> Path:
    if path is None or not path.exists():
        pytest.fail(f"{package} is not installed; run: apt-get install -y --no-install-recommends {package}")
    return path


class PostgresServer:
    """A PostgreSQL cluster in `folder`; `start`, `kill` (SIGKILL, all of it) and `start` again keep the data."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        self._bin = require(newest[-1] if newest else None, "postgresql").parent
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._made = False

    @property
    def url(self) -> str:
        """Address of the maintenance database; tests take `new_database()`."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        return f"postgresql+psycopg://investplan:investplan@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        if not self._made:
            self._initialise()
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",  # kill -9 loses nothing that the kernel has; only a power cut would
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = self._run("postgres", "-D", str(self.folder / "data"), *settings, log=log)
        wait_until(self._is_ready, START_SECONDS, f"PostgreSQL answers ({self.folder}/server.log)")

    def _initialise(self) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        secret = self.folder / "password"
        secret.write_text("investplan\n")
        secret.chmod(0o644)
        arguments = ["-D", str(self.folder / "data"), "--username=investplan", f"--pwfile={secret}"]
        with (self.folder / "initdb.log").open("wb") as log:
            made = self._run("initdb", *arguments, "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync",
                             "--locale=C.UTF-8", log=log)  # fmt: skip
            assert made.wait(START_SECONDS) == 0, (self.folder / "initdb.log").read_text()
        self._made = True

    def _run(self, program: str, *arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        # PostgreSQL refuses to run as root.
        as_other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.Popen(
            [str(self._bin / program), *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            **as_other,  # type: ignore[call-overload]
        )  # fmt: skip

    def _is_ready(self) -> bool:
        check = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(check, check=False).returncode == 0

    def new_database(self) -> str:
        """SQLAlchemy address of a new empty database."""
        import psycopg

        self._databases += 1
        name = f"test_{os.getpid()}_{self._databases}"
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.database_url(name)

    def kill(self) -> None:
        """SIGKILL to the postmaster and every backend; returns when all are gone, so that it can be started again."""
        if self._process is not None:
            # Backends lead sessions of their own: find them as the postmaster's children before it dies.
            children = _children(self._process.pid)
            self._process.kill()
            self._process.wait()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            wait_until(lambda: not any(map(is_alive, children)), 10, "PostgreSQL's backends are gone")
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


class RabbitServer:
    """A RabbitMQ node in `folder` with an epmd of its own; `start`, `kill` and `start` again keep the messages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self._epmd_port = folder, free_port(), free_port()
        self._program = require(RABBITMQ, "rabbitmq-server")
        self._epmd_program = require(Path(shutil.which("epmd") or "/usr/bin/epmd"), "rabbitmq-server")
        self._dist_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            # Two cores are enough, and a whole schedulers' crew makes the start slow.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +A 8",
        }

    def start(self) -> None:
        (self.folder / "rabbitmq.conf").write_text(
            "loopback_users.guest = true\ndisk_free_limit.absolute = 50MB\n"
        )
        with (self.folder / "server.log").open("ab") as log:
            if self._epmd is None:
                arguments = ["-port", str(self._epmd_port), "-address", "127.0.0.1"]
                self._epmd = subprocess.Popen(
                    [str(self._epmd_program), *arguments], stdout=log, stderr=log, start_new_session=True
                )
                wait_until(lambda: answers(self._epmd_port), 10, "epmd answers")
            self._process = subprocess.Popen(
                [str(self._program)], env=self._environment(), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_until(self._is_ready, START_SECONDS, f"RabbitMQ answers ({self.folder}/server.log)", 0.2)

    def _is_ready(self) -> bool:
        """The port opens before the node is ready: only a whole AMQP handshake counts."""
        from amqp import Connection
        from amqp.exceptions import AMQPError

        try:
            with Connection(f"127.0.0.1:{self.port}", "guest", "guest", connect_timeout=2) as connection:
                connection.connect()
                return True
        except (OSError, AMQPError):
            return False

    def kill(self) -> None:
        """SIGKILL to the whole node."""
        if self._process is not None:
            kill_group(self._process)
            self._process = None

    def stop(self) -> None:
        """End node and epmd; what it held is not needed any more, so it is not asked politely."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None


@contextmanager
def server_folder(prefix: str) -> Iterator[Path]:
    """A folder with a short path (sockets) that other users may enter; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"investplan-{prefix}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_suite = ExitStack()
atexit.register(_suite.close)


@cache
def postgres_server() -> PostgresServer:
    """The suite's PostgreSQL, started at the first call and ended with the test run."""
    server = PostgresServer(_suite.enter_context(server_folder("postgres")))
    _suite.callback(server.stop)
    server.start()
    return server


@cache
def rabbitmq_server() -> RabbitServer:
    """The suite's RabbitMQ, started at the first call and ended with the test run."""
    server = RabbitServer(_suite.enter_context(server_folder("rabbitmq")))
    _suite.callback(server.stop)
    server.start()
    return server
