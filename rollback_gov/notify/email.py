"""E-mail by SMTP; encrypted where the server offers it, or always. A password is never sent in clear over a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, Message, UselessError, secret

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP, SMTPRecipientsRefused


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message to everybody under ``to``. Raises DeliveryError."""
    import smtplib

    trouble, refused = None, {}
    mail = _mail(channel, message)
    try:
        with _connect(channel, timeout) as server:
            _secure(server, channel, environ)
            refused = server.send_message(mail)
    except smtplib.SMTPResponseException as error:
        kind = UselessError if 500 <= error.smtp_code < 600 else DeliveryError
        trouble = kind(f"the mail server refused it with code {error.smtp_code}")
    except smtplib.SMTPRecipientsRefused as error:
        trouble = _all_refused(error)
    except (OSError, smtplib.SMTPException) as error:
        trouble = DeliveryError(f"the mail server did not take it ({type(error).__name__})")
    if trouble is not None:  # raised out here: the server's words, which may repeat what was sent, do not hang on it
        raise trouble
    if refused:
        raise UselessError(
            f"the mail server refused {len(refused)} of {len(channel.to)} recipients; the others have it"
        )
    return True


def _connect(channel: Channel, timeout: float) -> SMTP:
    """Connect; encrypted from the first byte if the channel says so."""
    import smtplib
    import ssl
    from socket import gethostname

    host, port, name = channel.smtp_host, channel.smtp_port, gethostname()
    if channel.smtp_tls != "implicit":
        return smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=timeout, context=ssl.create_default_context())


def _all_refused(error: SMTPRecipientsRefused) -> DeliveryError:
    """A server that says "not now" of somebody (greylisting, a full mailbox) is asked again."""
    lasting = all(code >= 500 for code, _ in error.recipients.values())
    return (UselessError if lasting else DeliveryError)("the mail server refused every recipient")


def _secure(server: SMTP, channel: Channel, environ: Mapping[str, str]) -> None:
    """Encrypt if the server can, and log in if the channel says so."""
    import ssl

    server.ehlo()
    encrypted = channel.smtp_tls == "implicit"
    if not encrypted and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        encrypted = True
    if not encrypted and channel.smtp_tls == "required":
        raise UselessError("the mail server offers no encryption, which the channel requires")
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
    lines = [message.text, "", *(f"{name}: {_indented(value)}" for name, value in message.facts.items())]
    try:
        mail["Subject"] = _writable(" ".join(f"{message.headline} ({message.run})".split()))
        mail["From"], mail["To"], mail["Date"] = channel.sender, ", ".join(channel.to), formatdate(usegmt=True)
        mail["Message-ID"], mail["Auto-Submitted"] = _id_of(message), "auto-generated"
        mail.set_content(_writable("\n".join(lines)))
    except ValueError as error:
        raise UselessError("the sender or a recipient is not an address") from error
    return mail


def _indented(value: str) -> str:
    """A text out of a plan with lines of its own must not look like another fact."""
    return "\n    ".join(value.splitlines())


def _id_of(message: Message) -> str:
    """Give the same id to every try of a message: whoever has the mail of one knows that the next is the same."""
    from hashlib import sha256

    said = "\0".join((message.run, message.region, message.event, message.at, message.text))
    return f"<{sha256(said.encode('utf-8', 'replace')).hexdigest()[:32]}@rollback-gov.invalid>"


def _writable(text: str) -> str:
    """Replace halves of characters, which no encoding can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
