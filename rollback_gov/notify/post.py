"""One JSON request of a channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import DeliveryError, UselessError, secret

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

    The body of the answer is not read: a channel that sends it slowly cannot hold anybody up.
    """
    trouble = _post(url, document, timeout)
    if trouble is not None:  # raised out here, or the library's exception, which holds the address, would hang on it
        raise trouble


def _post(url: str, document: Any, timeout: float) -> DeliveryError | None:
    import logging

    import requests

    logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines hold the path, which is Slack's whole secret
    try:
        answer = requests.post(url, json=document, timeout=timeout, allow_redirects=False, stream=True)
        answer.close()
    except requests.Timeout:
        return DeliveryError(f"no answer within {timeout:g} s")
    except (ValueError, requests.exceptions.InvalidSchema) as error:
        return UselessError(f"the address is not a URL ({type(error).__name__})")
    except requests.RequestException as error:
        return DeliveryError(f"the request failed ({type(error).__name__})")
    status = answer.status_code
    if 200 <= status < 300:
        return None
    text = f"the channel answered with status {status}"
    if 300 <= status < 500 and status not in _LATER:
        return UselessError(text)
    return DeliveryError(text, after=_seconds(answer.headers.get("Retry-After", "")))


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
