"""One JSON request of a channel."""

from __future__ import annotations

from typing import Any

from rollback_gov.notify.interface import TIMEOUT_SECONDS, DeliveryError


def post_json(url: str, document: Any) -> None:
    """POST a document; anything but 2xx is a DeliveryError. The address stays out of every message."""
    import requests

    try:
        answer = requests.post(url, json=document, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.Timeout as error:
        raise DeliveryError(f"no answer within {TIMEOUT_SECONDS:g} s") from error
    except requests.RequestException as error:
        raise DeliveryError(f"the request failed ({type(error).__name__})") from error
    if not 200 <= answer.status_code < 300:
        raise DeliveryError(f"the channel answered with status {answer.status_code}")
