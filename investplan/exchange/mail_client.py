"""Plain text mail by SMTP. Nothing is sent in the clear where STARTTLS is asked for."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """Where mail is handed over; an empty `user` signs in nowhere."""

    host: str
    port: int
    starttls: bool
    sender: str
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Message:
    address: str
    subject: str
    body: str


def send(server: Server, message: Message) -> None:
    """Hand one mail over.

    Raises:
        OSError: no connection, no encryption where it is asked for, or the server says no (`smtplib.SMTPException`).
    """
    written = EmailMessage()
    written["From"], written["To"] = server.sender, message.address
    written["Subject"] = message.subject
    written["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2] or None)
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(message.body)
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as connection:
        if server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(written)
