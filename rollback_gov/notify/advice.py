"""What to do when a channel did not take a message: one sentence for each cause."""

from __future__ import annotations

import re
from collections.abc import Callable

_WHOSE = {
    "slack": "make a new incoming webhook for the Slack channel",
    "pagerduty": "copy the integration key of an Events API v2 integration of the PagerDuty service",
    "teams": "copy the address of the Teams workflow again, with all of its parameters",
    "apprise": "see what Apprise says of the address: apprise -vv -b test ADDRESS",
    "webhook": "ask whoever receives it which address is right",
    "email": "ask whoever runs the mail server",
}
_ADVICE: tuple[tuple[str, Callable[[re.Match[str], str], str]], ...] = (
    (
        r"environment variable (\S+) is not set",
        lambda found, _: f"Set {found[1]} where rollback-gov runs; in CI, from a secret.",
    ),
    (r"variable \(none named\)", lambda _, kind: f"Name the variable in the channel: {_setting(kind)}: NAME."),
    (r"has neither `url_env`", lambda _, __: "Write url_env: NAME into the channel, and set that variable."),
    (r"Apprise is not installed", lambda _, __: "Install it with: pip install 'rollback-gov[apprise]'"),
    (r"is not a URL", lambda _, __: "The address begins with https:// and names a host: see what the variable holds."),
    (r"status 429", lambda _, __: "The channel takes no more messages for now. Try again in a minute."),
    (r"status 5\d\d", lambda _, __: "The service itself has trouble. Look at its status page, and try again."),
    (r"status (3|4)\d\d", lambda _, kind: f"The address or the key is not valid any more: {_WHOSE[kind]}."),
    (r"no answer within", lambda _, __: "See whether this machine may go there: a firewall, or HTTPS_PROXY."),
    (r"SSL", lambda _, __: "Its certificate is not trusted here: name your authority in SSL_CERT_FILE."),
    (r"the request failed", lambda _, __: "See whether the host is right and can be reached from here."),
    (r"offers no encryption", lambda _, __: "Take the port for submission (587), or smtp_tls: implicit with port 465."),
    (r"code 53[045]", lambda _, __: "User or password are not right: see what username_env and password_env name."),
    (r"recipients?\b", lambda _, __: "See whether the addresses under `to` exist, and whether it relays for us."),
    (r"did not take it", lambda _, __: "See whether smtp_host and smtp_port are right and can be reached from here."),
    (r"the channel has no", lambda _, __: "Add it to the channel in .rollback-gov/environments.yaml."),
    (r"not an address", lambda _, __: "Write `sender` and `to` as name@host."),
)


def advice(kind: str, detail: str) -> str:
    """Give the next step for a channel of this kind that did not deliver, and said ``detail``."""
    for pattern, say in _ADVICE:
        found = re.search(pattern, detail)
        if found:
            return say(found, kind)
    return f"Then {_WHOSE[kind]}."


def _setting(kind: str) -> str:
    return {"pagerduty": "routing_key_env", "email": "password_env"}.get(kind, "url_env")
