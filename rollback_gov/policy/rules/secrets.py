"""RG215: secrets in clear text."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.knowledge.secrets import command_secrets, may_hold_secrets, script_secrets, text_secrets
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import Subject

_HINT = "Change the secret, and make it a parameter with `secret: true`: its value comes from the environment."


@rule(
    "RG215",
    "A secret in clear text",
    from_level=1,
    page=Page(
        what="A script, a header, a body or an address holds a password or a token as it is: `PGPASSWORD=…`, "
        "`mysql -p…`, `Authorization: Bearer …`, `postgres://user:password@…`, keys by which GitHub, AWS, Slack or "
        "Stripe are known. The message never repeats it.",
        why="Who can read the repository can use it, and it stays in the history after it was removed.",
        bad="steps:\n  - {id: load, run: 'PGPASSWORD=hunter2-prod psql -f undo.sql'}",
        good="parameters:\n  PGPASSWORD: {secret: true, varies: environment}\n"
        "steps:\n  - {id: load, run: psql -v ON_ERROR_STOP=1 -f undo.sql}",
    ),
)
def in_clear_text(subject: Subject) -> Iterator[Finding]:
    """Look at every text for what is known by its form, and at the options and variables that take a secret."""
    for path, text in subject.texts if may_hold_secrets("\n".join(text for _, text in subject.texts)) else ():
        for found in text_secrets(text):
            yield subject.finding(
                path, f"{found.what} stands here in clear text.", _HINT, span=(found.start, found.end)
            )
    for placed in subject.called:
        for found in script_secrets(placed.text):
            message = f"{found.what} stands here in clear text."
            yield subject.in_script(placed, message, _HINT, span=(found.start, found.end))
    for placed in subject.scripts:
        for found in command_secrets(placed.script):
            message = f"{found.what} stands here in clear text."
            yield subject.in_script(placed, message, _HINT, span=(found.start, found.end), doubt=not found.sure)
