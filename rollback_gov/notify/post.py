"""One JSON request of a channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, UselessError, secret

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_AGENT = {"User-Agent": "rollback-gov"}
_LATER = frozenset({408, 425, 429})
"""Refusals that mean "not now"."""


def address(channel: Channel, environ: Mapping[str, str]) -> str:
    """Give a channel's URL: the one in its environment variable, else the one in the settings. Raises UselessError."""
    if channel.url_env:
        return secret(environ, channel.url_env)
    if not channel.url:
        raise UselessError("the channel has neither `url_env` nor `url`")
    return channel.url


def post_json(url: str, document: Any, *, timeout: float) -> None:
    """POST a document; anything but 2xx is a DeliveryError. The address stays out of every message, and of every log.

    Proxies of the environment are used, no redirect is followed, and certificates are verified against the system's
    authorities. The body of the answer is not read: a channel that sends it slowly cannot hold anybody up.
    """
    trouble = _post(url, document, timeout)
    if trouble is not None:  # raised out here, or the library's exception, which holds the address, would hang on it
        raise trouble


def _post(url: str, document: Any, timeout: float) -> DeliveryError | None:
    from http.client import HTTPException, InvalidURL
    from urllib.error import URLError
    from urllib.request import Request

    try:
        scheme = _scheme(url)
        request = Request(url, json.dumps(document).encode(), {"Content-Type": "application/json", **_AGENT})
        with _opener(scheme).open(request, timeout=timeout) as answer:
            status, later = answer.status, answer.headers.get("Retry-After", "")
    except (InvalidURL, ValueError):
        return UselessError("the address is not a URL")
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return DeliveryError(f"no answer within {timeout:g} s")
        return DeliveryError(f"the request failed ({type(reason).__name__})")
    return _judge(status, later)


def _scheme(url: str) -> str:
    """Give ``http`` or ``https``. Raises ValueError for anything that is no address on the web."""
    from urllib.parse import urlsplit

    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname or address.port == 0:
        raise ValueError
    return address.scheme


def _opener(scheme: str) -> OpenerDirector:
    """Put together only what sends: without the parts that follow redirects and make exceptions of statuses.

    ``urllib`` takes half of what requests takes to load, in a process that runs beside a rollback.
    """
    import ssl
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

    opener = OpenerDirector()
    context = ssl.create_default_context() if scheme == "https" else None
    for handler in (ProxyHandler(), HTTPHandler(), *([HTTPSHandler(context=context)] if context else [])):
        opener.add_handler(handler)
    return opener


def _judge(status: int, later: str) -> DeliveryError | None:
    """Say what a status means for the message: None that it was taken."""
    if 200 <= status < 300:
        return None
    text = f"the channel answered with status {status}"
    if 300 <= status < 500 and status not in _LATER:
        return UselessError(text)
    return DeliveryError(text, after=_seconds(later))


def _seconds(retry_after: str) -> float:
    """Read the header ``Retry-After`` (RFC 9110, 10.2.3): seconds, or a date; 0 for what is neither."""
    import time
    from email.utils import parsedate_to_datetime

    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
