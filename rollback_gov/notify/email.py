"""E-mail by SMTP; encrypted where the server offers it. A password is never sent in clear over a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, Message, UselessError, secret

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message to everybody under ``to``. Raises DeliveryError."""
    import smtplib
    from socket import gethostname

    mail = _mail(channel, message)
    try:
        host, port = channel.smtp_host, channel.smtp_port
        with smtplib.SMTP(host, port, local_hostname=gethostname(), timeout=timeout) as server:
            _secure(server, channel, environ)
            refused = server.send_message(mail)
    except smtplib.SMTPResponseException as error:
        kind = UselessError if 500 <= error.smtp_code < 600 else DeliveryError
        raise kind(f"the mail server refused it with code {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise UselessError("the mail server refused every recipient") from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"the mail server did not take it ({type(error).__name__})") from error
    if refused:
        raise UselessError(
            f"the mail server refused {len(refused)} of {len(channel.to)} recipients; the others have it"
        )
    return True


def _secure(server: SMTP, channel: Channel, environ: Mapping[str, str]) -> None:
    """Encrypt if the server can, and log in if the channel says so."""
    import ssl

    server.ehlo()
    encrypted = server.has_extn("starttls")
    if encrypted:
        server.starttls(context=ssl.create_default_context())
    if not channel.username_env:
        return
    if not encrypted and not _is_local(server):
        raise UselessError("the mail server offers no encryption, so the password is not sent")
    server.login(secret(environ, channel.username_env), secret(environ, channel.password_env))


def _is_local(server: SMTP) -> bool:
    from ipaddress import ip_address

    assert server.sock is not None
    return ip_address(server.sock.getpeername()[0].partition("%")[0]).is_loopback


def _mail(channel: Channel, message: Message) -> EmailMessage:
    """Write the mail. Raises UselessError for a channel that cannot say from whom and to whom."""
    from email.message import EmailMessage
    from email.utils import formatdate

    missing = [name for name in ("smtp_host", "sender", "to") if not getattr(channel, name)]
    if missing:
        raise UselessError(f"the channel has no {' and no '.join(f'`{name}`' for name in missing)}")
    mail = EmailMessage()
    rehearsal = "REHEARSAL: " if message.mode == "rehearse" else ""
    lines = [message.text, "", *(f"{name}: {value}" for name, value in message.facts.items())]
    try:
        mail["Subject"] = _writable(" ".join(f"{rehearsal}{message.title} ({message.run})".split()))
        mail["From"], mail["To"], mail["Date"] = channel.sender, ", ".join(channel.to), formatdate(usegmt=True)
        mail.set_content(_writable("\n".join(lines)))
    except ValueError as error:
        raise UselessError("the sender or a recipient is not an address") from error
    return mail


def _writable(text: str) -> str:
    """Replace halves of characters, which no encoding can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
