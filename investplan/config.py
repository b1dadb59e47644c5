"""Every setting, its default and unit; read once from the environment.

>>> Settings.from_environment({"INVESTPLAN_PORT": "8123"}).port
8123
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from investplan.errors import InvestplanError, Note

PREFIX = "INVESTPLAN_"


class SettingError(InvestplanError):
    """A setting in the environment that does not fit."""


@dataclass(frozen=True)
class Settings:
    """Settings of one installation. Each field is read from `INVESTPLAN_<NAME>`.

    Attributes:
        data_dir: Folder of the embedded database, queue and uploads; on a local disk, never a network share.
        database_url: SQLAlchemy address; empty means SQLite in `data_dir`.
        broker_url: RabbitMQ or Redis address; empty means the embedded queue in `data_dir`.
        secret_key: Signs cookies; empty means a key of its own, kept in `data_dir` with mode 0600.
        host, port: Where `investplan serve` answers.
        https: True behind TLS: cookies are then `Secure` with the `__Host-` prefix, and HSTS is sent.
        municipality: The name in the page header.
        municipality_code: Four digits (SCB), picks the outline on the map.
        web_threads: Threads of the embedded web server.
        solver_threads: Threads per solve, >= 1.
        lease_seconds: How long a run is its worker's without a sign of life, > 5.
        max_attempts: How many times a run is taken again after its worker died.
        scb_url: Statistics Sweden's PxWebApi 2; empty means that nothing is ever fetched.
        max_upload_bytes: Largest file that is received.
        session_idle_minutes, session_hours: When a signed-in session ends.
        smtp_host, smtp_port, smtp_starttls: The mail server; empty host means that no mail is ever written.
        smtp_user, smtp_password: For servers that ask for them; empty means no signing in.
        smtp_from: The sender's address, needed with a host.
        public_url: Where the pages are reached from outside, for links in mails; empty means mails without links.
    """

    data_dir: Path = field(default=Path("var"))
    database_url: str = ""
    broker_url: str = ""
    secret_key: str = ""
    host: str = "127.0.0.1"
    port: int = 8020
    https: bool = False
    municipality: str = "Kalmar kommun"
    municipality_code: str = "0880"
    web_threads: int = 8
    solver_threads: int = 1
    lease_seconds: int = 10
    max_attempts: int = 4
    scb_url: str = ""
    max_upload_bytes: int = 32 * 1024 * 1024
    session_idle_minutes: int = 60
    session_hours: int = 12
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_starttls: bool = True
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    public_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings, checked.

        Raises:
            SettingError: a value that does not fit, or a name that no setting has.
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise SettingError(Note("Okända inställningar: %(names)s", {"names": ", ".join(unknown)}))
        values = {
            f.name: _parse(name, environment[name], f.default)
            for name, f in known.items()
            if name in environment
        }
        return cls(**values)  # type: ignore[arg-type]

    @property
    def effective_database_url(self) -> str:
        if self.database_url:
            # The driver is part of the address; people write the short form.
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data_dir.resolve() / 'investplan.db'}"

    @property
    def is_embedded(self) -> bool:
        """True when the queue is the embedded one, with one worker child of `investplan serve`."""
        return not self.broker_url

    def effective_secret_key(self) -> str:
        """The given key, or one made at first use and kept beside the database."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text().strip()

    def as_environment(self) -> dict[str, str]:
        """The same settings as environment variables, for child processes."""
        return {
            PREFIX + f.name.upper(): ("1" if value is True else "0" if value is False else str(value))
            for f in fields(self)
            if (value := getattr(self, f.name)) != ""
        }


def _parse(name: str, text: str, default: object) -> object:
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}[
                text.lower()
            ]
        if isinstance(default, int):
            return int(text)
        return Path(text) if isinstance(default, Path) else text
    except (ValueError, KeyError):
        raise SettingError(
            Note("%(name)s har ett värde som inte passar: %(text)s", {"name": name, "text": text})
        ) from None
