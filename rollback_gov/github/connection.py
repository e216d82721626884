"""One connection to GitHub or GitHub Enterprise, with patience and repetitions that are ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rollback_gov.model.errors import UsageError

if TYPE_CHECKING:
    from github import Github

API = "https://api.github.com"
TIMEOUT_SECONDS = 15


@contextmanager
def connect(environ: Mapping[str, str]) -> Iterator[Github]:
    """Connect with the token and the address of the environment (``GITHUB_TOKEN``, ``GITHUB_API_URL``).

    PyGithub's own retry sends a POST up to eleven times when the server answers 502, so only reading is repeated here.
    Whatever goes wrong inside comes out as UsageError in one sentence, without the token.
    """
    import requests
    from github import Auth, Github, GithubException
    from urllib3.util import Retry

    token = environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UsageError("GITHUB_TOKEN is not set.", hint="Give the job `permissions: {issues: write}` and its token.")
    retry = Retry(total=3, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), allowed_methods=("GET", "HEAD"))
    base = environ.get("GITHUB_API_URL") or API
    connection = Github(auth=Auth.Token(token), base_url=base, timeout=TIMEOUT_SECONDS, retry=retry)
    try:
        yield connection
    except GithubException as error:
        said = error.data.get("message", "") if isinstance(error.data, dict) else ""
        raise UsageError(f"GitHub answered with status {error.status}{': ' + said if said else ''}.") from error
    except requests.RequestException as error:
        raise UsageError(f"GitHub could not be reached at {base} ({type(error).__name__}).") from error
    finally:
        connection.close()
