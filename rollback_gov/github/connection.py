"""One connection to GitHub or GitHub Enterprise, with patience and repetitions that are ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from github import Github, GithubException

    from rollback_gov.github.patience import Patience

API = "https://api.github.com"
TIMEOUT_SECONDS = 15
"""For one request."""
PACE_SECONDS = 1.0
"""Between two requests that write: GitHub asks for that, and has a secondary limit for who does not."""


@contextmanager
def connect(
    environ: Mapping[str, str], *, needs: str, api: str = "", patience: Patience | None = None
) -> Iterator[Github]:
    """Connect with the token of the environment (``GITHUB_TOKEN``) to ``api``, else to ``GITHUB_API_URL``.

    ``patience`` is for those who ask more than once at a time. ``needs`` is the permission that the token has to have,
    such as ``issues: write``. Whatever goes wrong inside comes out as UsageError in one sentence, without the token.
    """
    from github import Auth, Github

    from rollback_gov.github.patience import Patience

    token = environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UsageError("GITHUB_TOKEN is not set.", hint=_permission(needs))
    base = api or environ.get("GITHUB_API_URL") or API
    connection = Github(
        auth=Auth.Token(token),
        base_url=base,
        timeout=TIMEOUT_SECONDS,
        retry=patience or Patience.usual(),
        per_page=100,
        seconds_between_requests=0,
        seconds_between_writes=PACE_SECONDS,
    )
    try:
        with explained(needs, base):
            yield connection
    finally:
        connection.close()


@contextmanager
def explained(needs: str, base: str = "its address") -> Iterator[None]:
    """Raise UsageError for whatever GitHub or the way to it refuses; ``needs`` is the permission that it takes."""
    import requests
    from github import GithubException

    try:
        yield
    except GithubException as error:
        raise _told(error, needs) from error
    except requests.RequestException as error:
        raise UsageError(f"GitHub could not be reached at {base} ({type(error).__name__}).") from error


def _told(error: GithubException, needs: str) -> UsageError:
    """Say what GitHub said, and what can be done about it."""
    from github import RateLimitExceededException

    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if isinstance(error, RateLimitExceededException) or headers.get("x-ratelimit-remaining") == "0":
        return UsageError(f"GitHub's rate limit is used up{_until(headers)}.", hint="Try again then.")
    said = " ".join(str(error.data.get("message") or "").split()) if isinstance(error.data, dict) else ""
    message = f"GitHub answered with status {error.status}{': ' + said.rstrip('.') if said else ''}."
    hints = {
        401: "See that GITHUB_TOKEN is a token of this server and has not expired.",
        403: _permission(needs),
        404: "See that the repository and the number are right, and that the token may see them.",
    }
    return UsageError(message, hint=hints.get(error.status, ""))


def _until(headers: Mapping[str, str]) -> str:
    """Say until when, by the header of the secondary limit or by that of the primary one."""
    if headers.get("retry-after", "").isdecimal():
        return f" for {headers['retry-after']} s"
    reset = headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal() or len(reset) > 11:
        return ""
    return f" until {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _permission(needs: str) -> str:
    return f"Give the job `permissions: {{{needs}}}` and its token."
