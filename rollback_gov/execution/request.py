"""One HTTP request of a plan: with a deadline for the whole of it, a size cap, and no redirects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.model.action import Http
from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    import requests

_CHUNK = 16_384


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
    import requests

    try:
        headers = headers_of(context, http) | ({"Idempotency-Key": key} if key and http.method != "GET" else {})
        deadline = context.clock.monotonic() + timeout
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                http.method,
                address(context, http),
                headers=headers,
                **_body(context, http),
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
            return _read(context, answer, http.max_bytes, deadline)
    except requests.Timeout:
        return Outcome(ending=Ending.TIMEOUT, detail=f"No answer within {timeout:g} s.")
    except (requests.RequestException, UsageError, OSError, ValueError) as error:
        return Outcome(ending=Ending.ERROR, detail=context.masker.text(_reason(error)))


def _body(context: Context, http: Http) -> Mapping[str, Any]:
    if http.json is not None:
        return {"json": http.json}
    if http.body_file:
        return {"data": (context.plan_folder / http.body_file).read_bytes()}
    return {"data": http.body.encode()} if http.body else {}


def _read(context: Context, answer: requests.Response, limit: int, deadline: float) -> Outcome:
    body = b""
    for chunk in answer.iter_content(_CHUNK):
        body += chunk
        if len(body) > limit:
            return Outcome(
                ending=Ending.ERROR, status=answer.status_code, detail=f"The answer is larger than {limit} bytes."
            )
        if context.clock.monotonic() > deadline:
            return Outcome(ending=Ending.TIMEOUT, status=answer.status_code, detail="The answer did not end in time.")
    return Outcome(status=answer.status_code, stdout=body.decode("utf-8", "replace"))


def _reason(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    text = str(cause) if not isinstance(cause, OSError) or not cause.strerror else cause.strerror
    return f"The request failed: {text}."
