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
    """POST a document; anything but 2xx is a DeliveryError. The address stays out of every message.

    The body of the answer is not read: a channel that sends it slowly cannot hold anybody up.
    """
    import requests

    try:
        answer = requests.post(url, json=document, timeout=timeout, allow_redirects=False, stream=True)
        answer.close()
    except requests.Timeout as error:
        raise DeliveryError(f"no answer within {timeout:g} s") from error
    except (ValueError, requests.exceptions.InvalidSchema) as error:
        raise UselessError(f"the address is not a URL ({type(error).__name__})") from error
    except requests.RequestException as error:
        raise DeliveryError(f"the request failed ({type(error).__name__})") from error
    status = answer.status_code
    if not 200 <= status < 300:
        lasting = 300 <= status < 500 and status not in _LATER
        raise (UselessError if lasting else DeliveryError)(f"the channel answered with status {status}")
