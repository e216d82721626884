"""One HTTP request of a plan: with a deadline for the whole of it, a size cap, and no redirects; it can be stopped.

Certificates are always verified, and proxies of the environment are not used: a rollback goes the way that it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.model.action import Http
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from rollback_gov.sources.deadline import Connection

_NOT_QUOTED = "%/:=&?~#+!$,;'@()*[]"


def address(context: Context, http: Http) -> str:
    """Give the absolute URL of a request. Raises UsageError for an endpoint that the environment does not name."""
    if not http.endpoint:
        return http.url + http.path
    endpoints = (context.environment.endpoints if context.environment else None) or {}
    if http.endpoint not in endpoints:
        raise UsageError(
            f"The environment '{context.environment_name}' has no endpoint '{http.endpoint}'.",
            hint="Name its base URL under `endpoints` in .rollback-gov/environments.yaml.",
        )
    return endpoints[http.endpoint].rstrip("/") + http.path


def headers_of(context: Context, http: Http) -> dict[str, str]:
    """Give the headers with parameters put in."""
    given = http.headers or {}
    return {
        name: context.parameters[header.parameter] if header.parameter else header.text
        for name, header in given.items()
    }


def send(context: Context, http: Http, *, timeout: float, key: str = "") -> Outcome:
    """Send one request. ``key`` goes out as Idempotency-Key: a server can tell a repetition from a second wish."""
    from http.client import HTTPException

    from rollback_gov.sources.deadline import Stopped

    try:
        body, defaults = _body(context, http)
        if key and http.method != "GET":
            defaults["Idempotency-Key"] = key
        url = urlsplit(address(context, http))
        headers = _merged(defaults, headers_of(context, http))
        connection = _connection(url)
        try:
            connection.expect_within(timeout, stopped=partial(_is_to_stop, context))
            return _exchange(connection, url, http, headers=headers, body=body)
        finally:
            connection.close()
    except Stopped:
        return Outcome(ending=Ending.INTERRUPTED)
    except TimeoutError:
        return Outcome(ending=Ending.TIMEOUT, detail=f"No complete answer within {timeout:.1f} s.")
    except UsageError as error:
        return Outcome(ending=Ending.ERROR, detail=str(error))
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(ending=Ending.ERROR, detail=f"The request failed: {context.masker.text(_reason(error))}.")


def _is_to_stop(context: Context) -> bool:
    context.tick()
    return context.stop.requested


def _body(context: Context, http: Http) -> tuple[bytes | None, dict[str, str]]:
    """The body, and the headers that are sent unless the plan says otherwise."""
    defaults = {"User-Agent": "rollback-gov"}
    if http.json is not None:
        return json.dumps(http.json).encode(), {**defaults, "Content-Type": "application/json"}
    if http.body_file:
        return (context.plan_folder / http.body_file).read_bytes(), defaults
    return http.body.encode() or None, defaults


def _merged(defaults: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    named = {name.lower() for name in given}
    return {name: value for name, value in defaults.items() if name.lower() not in named} | dict(given)


def _connection(url: SplitResult) -> Connection:
    import ssl

    from rollback_gov.sources.deadline import Connection

    if url.scheme not in ("http", "https") or not url.hostname or "@" in url.netloc:
        raise UsageError(f"'{url.geturl()}' is not an http(s) URL without credentials.")
    tls = ssl.create_default_context() if url.scheme == "https" else None
    return Connection(url.hostname, url.port, tls=tls)


def _exchange(
    connection: Connection, url: SplitResult, http: Http, *, headers: Mapping[str, str], body: bytes | None
) -> Outcome:
    from http.client import IncompleteRead

    target = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe=_NOT_QUOTED)
    connection.http.request(http.method, target, body=body, headers=dict(headers))
    answer = connection.http.getresponse()
    content = answer.read(http.max_bytes + 1)
    if len(content) > http.max_bytes:
        detail = f"The answer is larger than {http.max_bytes} bytes."
        return Outcome(ending=Ending.ERROR, status=answer.status, detail=detail)
    if answer.length:
        raise IncompleteRead(content, answer.length)
    return Outcome(status=answer.status, stdout=content.decode("utf-8", "replace"))


def _reason(error: Exception) -> str:
    """Say why in words that never repeat a header: what the library says about one may hold a secret."""
    from http.client import HTTPException, IncompleteRead, InvalidURL
    from ssl import SSLCertVerificationError, SSLError

    if isinstance(error, SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    if isinstance(error, SSLError):
        return f"the server does not speak TLS as expected ({(error.reason or 'no reason given').lower()})"
    if isinstance(error, ConnectionResetError | BrokenPipeError | IncompleteRead):
        return "the server hung up before the answer was complete"
    if isinstance(error, OSError):
        return f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
    if isinstance(error, HTTPException) and not isinstance(error, InvalidURL):
        return "the answer is not HTTP"
    return "its address, its body or a header has forbidden characters"
