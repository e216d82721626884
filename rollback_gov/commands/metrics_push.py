"""Handing metrics to a Prometheus push gateway: one group, replaced as a whole."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.text import one_line
from rollback_gov.reports.metrics.exposition import CONTENT_TYPE
from rollback_gov.reports.metrics.families import FAMILIES
from rollback_gov.sources.authorities import Authorities, UnusableError
from rollback_gov.sources.deadline import Connection

TOKEN, USERNAME, PASSWORD = "ROLLBACK_GOV_PUSH_TOKEN", "ROLLBACK_GOV_PUSH_USERNAME", "ROLLBACK_GOV_PUSH_PASSWORD"
TIMEOUT = 10.0
"""Seconds for the whole request."""
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TAKEN = {"job", "le", *(label for family in FAMILIES.values() for label in family.labels)}
_MOST = 2000
"""Bytes of a refusal that are read."""
_HINTS = {
    400: "The gateway does not accept the metrics; another program may push other ones of these names.",
    401: f"Set {TOKEN}, or {USERNAME} and {PASSWORD}.",
    403: f"Set {TOKEN}, or {USERNAME} and {PASSWORD}, of somebody who may push.",
    404: "Is that the address of a push gateway, without /metrics?",
    405: "Is that the address of a push gateway, without /metrics?",
    413: "A proxy before the gateway limits the size of a request.",
}


class Gateway(Record):
    """Where to push, and the grouping key: the job, and labels beside it. Credentials come from ``environ``."""

    url: str
    job: str
    grouping: Mapping[str, str]
    environ: Mapping[str, str]
    ca_file: Path | None = None


def push(text: str, gateway: Gateway) -> str:
    """Replace the metrics of the group by PUT; gives the address without credentials.

    Raises UsageError for an address or a group that cannot be, and for a gateway that does not take them. No redirect
    is followed, and no proxy is asked.
    """
    address = _address(gateway.url)
    path = address.path.rstrip("/") + "/metrics" + _group(gateway)
    shown = f"{address.scheme}://{address.netloc}{path}"
    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": "rollback-gov", **_credentials(gateway.environ)}
    try:
        status, said = _put(address, path, text.encode(), headers, gateway.ca_file)
    except TimeoutError:
        raise _failed(shown, f"no answer within {TIMEOUT:g} s", "Is the gateway there, and is it busy?") from None
    except UnusableError as error:
        raise _failed(shown, str(error), "Name a file with the authorities in PEM form: --ca-file FILE.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise _failed(shown, _reason(error), "Is that the address of a push gateway that runs?") from None
    if not 200 <= status < 300:
        location = "a redirect is not followed" if 300 <= status < 400 else said
        raise _failed(shown, f"status {status}{f': {location}' if location else ''}", _HINTS.get(status, ""))
    return shown


def _failed(shown: str, why: str, hint: str) -> UsageError:
    return UsageError(f"The metrics could not be pushed to {shown}: {why}.", hint=hint)


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(text, 200) or type(error).__name__


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        known = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        known = False
    if not known:
        raise UsageError("That is no address of a push gateway.", hint="Say http://HOST:9091 or https://HOST/PATH.")
    if "@" in address.netloc:
        raise UsageError(
            "Credentials do not belong into the address of the push gateway.",
            hint=f"Set {TOKEN}, or {USERNAME} and {PASSWORD}.",
        )
    if address.query or address.fragment:
        raise UsageError("The address of a push gateway has no '?' and no '#'.", hint="Leave that part out.")
    return address


def _group(gateway: Gateway) -> str:
    """Write the grouping key as a path. A value that is empty or has a slash is written in base64."""
    if not gateway.job:
        raise UsageError("The job of a push is empty.", hint="Say --job NAME.")
    for name in gateway.grouping:
        if not _NAME.fullmatch(name) or name.startswith("__"):
            raise UsageError(f"'{one_line(name, 60)}' is no name of a label.", hint="Letters, digits and _.")
        if name in _TAKEN:
            raise UsageError(f"The label '{name}' has a meaning of its own.", hint="Choose another name for --group.")
    return "".join(_pair(name, value) for name, value in (("job", gateway.job), *gateway.grouping.items()))


def _pair(name: str, value: str) -> str:
    raw = value.encode("utf-8", "replace")
    if not raw:
        return f"/{name}@base64/="
    if b"/" in raw:
        return f"/{name}@base64/{urlsafe_b64encode(raw).decode()}"
    return f"/{name}/{quote(raw, safe='')}"


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    if environ.get(TOKEN):
        return {"Authorization": f"Bearer {environ[TOKEN]}"}
    if environ.get(USERNAME):
        pair = f"{environ[USERNAME]}:{environ.get(PASSWORD, '')}".encode("utf-8", "surrogateescape")
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}
    return {}


def _put(
    address: SplitResult, path: str, body: bytes, headers: Mapping[str, str], ca_file: Path | None
) -> tuple[int, str]:
    tls = Authorities().context(ca_file) if address.scheme == "https" else None
    connection = Connection(address.hostname or "", address.port, tls=tls)
    try:
        connection.expect_within(TIMEOUT)
        connection.http.request("PUT", path, body=body, headers=dict(headers))
        with connection.http.getresponse() as answer:
            said = "" if 200 <= answer.status < 300 else answer.read(_MOST).decode("utf-8", "replace")
            return answer.status, one_line(said.strip(), 300)
    finally:
        connection.close()
