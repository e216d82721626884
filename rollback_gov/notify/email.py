"""E-mail by SMTP; encrypted where the server offers it."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import TIMEOUT_SECONDS, DeliveryError, Message, secret


def send(channel: Channel, environ: Mapping[str, str], message: Message) -> None:
    """Deliver one message to everybody under ``to``. Raises DeliveryError."""
    import smtplib
    import ssl
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"] = " ".join(f"{message.title} ({message.run})".split())
    mail["From"], mail["To"] = channel.sender, ", ".join(channel.to)
    mail.set_content("\n".join([message.text, "", *(f"{name}: {value}" for name, value in message.facts.items())]))
    try:
        with smtplib.SMTP(channel.smtp_host, channel.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if channel.username_env:
                server.login(secret(environ, channel.username_env), secret(environ, channel.password_env))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryError(f"the mail server did not take it ({type(error).__name__})") from error
