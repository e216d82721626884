"""Any service that Apprise knows, by its address there (the extra ``apprise``)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rollback_gov.model.cut import fitted
from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, Message, UselessError
from rollback_gov.notify.post import address

_TYPES = {"good": "success", "info": "info", "warning": "warning", "error": "failure", "critical": "failure"}
_LONGEST_FACT = 2000
"""Bytes. What is longer than a service takes is cut by Apprise, at the end: no fact may push out all others."""
_TALKATIVE = ("apprise", "urllib3")
"""Who logs addresses, with what is secret in them."""


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message. Raises DeliveryError."""
    url, trouble = address(channel, environ), None
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        trouble = _notify(url, message, timeout)
    except ImportError:
        trouble = UselessError("Apprise is not installed")
    except Exception as error:
        trouble = DeliveryError(f"the service could not be asked ({type(error).__name__})")
    if trouble is not None:  # raised out here, or the library's exception, which may hold the address, would hang on it
        raise trouble
    return True


def _notify(url: str, message: Message, timeout: float) -> DeliveryError | None:
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    asset = AppriseAsset(app_id="rollback-gov", app_desc="rollback-gov", async_mode=False, http_redirects=False)
    service = Apprise(asset=asset)
    if not service.add(url):
        return UselessError("the address is none that Apprise knows")
    lines = [message.text, "", *(f"{name}: {fitted(value, _LONGEST_FACT)}" for name, value in message.facts.items())]
    taken = service.notify(
        title=message.headline,
        body="\n".join(lines),
        notify_type=NotifyType(_TYPES[message.tone]),
        body_format=NotifyFormat.TEXT,
        timeout=timeout,
    )
    return None if taken else DeliveryError("the service refused it, or was not reached")
