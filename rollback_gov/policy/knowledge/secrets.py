"""How secrets look, and where commands take them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.script import Command, Script, Word


class Secret(Record):
    """Where a secret stands, and what it is; never the secret itself."""

    start: int
    end: int
    what: str
    sure: bool = True


_HEADER = (
    r"(?i)\b(?:x-api-key|api-key|x-auth-token|private-token|x-vault-token|x-n8n-api-key):[ ]*"
    r"((?=[\w.-]*[a-z])(?=[\w.-]*\d)[\w.-]{16,})(?=['\"\s]|$)"
)
FORMS = (
    ("AKIA", r"\bAKIA[0-9A-Z]{16}\b", "A key of AWS"),
    ("ASIA", r"\bASIA[0-9A-Z]{16}\b", "A key of AWS"),
    ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b", "A token of GitHub"),
    ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{40,}\b", "A token of GitHub"),
    ("glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}\b", "A token of GitLab"),
    ("xox", r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b", "A token of Slack"),
    (
        "hooks.slack.com",
        r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
        "A webhook of Slack",
    ),
    ("_live_", r"\b[sr]k_live_[A-Za-z0-9]{16,}\b", "A key of Stripe"),
    ("AIza", r"\bAIza[0-9A-Za-z_-]{35}\b", "A key of Google"),
    ("SG.", r"\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}", "A key of SendGrid"),
    ("eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "A JSON web token"),
    ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "A private key"),
    ("://", r"[a-z][a-z0-9+.-]*://[^\s/:@$'\"{}<>]+:([^\s/@$'\"{}<>]{3,})@[\w.-]+", "A password in an address"),
    ("earer ", r"\bBearer\s+[A-Za-z0-9._~+/-]{16,}=*", "A bearer token"),
    ("EY:", _HEADER, "A key in a header"),
    ("ey:", _HEADER, "A key in a header"),
    ("OKEN:", _HEADER, "A token in a header"),
    ("oken:", _HEADER, "A token in a header"),
    ("asic ", r"\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}(?=['\"\s]|$)", "A password"),
)
"""A word that must be there at all (cheap to look for), the form, and what it is."""
_PASSWORDS = frozenset(
    {"PGPASSWORD", "MYSQL_PWD", "REDISCLI_AUTH", "SSHPASS", "AWS_SECRET_ACCESS_KEY", "RESTIC_PASSWORD"}
)
_SUSPECT = r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)$"
_NO_SECRET = r"(?i)(?:x+|\*+|changeme|example|placeholder|none|null|true|false|/.*|\d{1,4}|<.*>|\[.*\]|your[-_].*)?"
OPTIONS: dict[str, tuple[str, ...]] = {
    "mysql": ("-p", "--password="),
    "mysqldump": ("-p", "--password="),
    "mysqladmin": ("-p", "--password="),
    "mongosh": ("--password=", "-p "),
    "mongo": ("--password=", "-p "),
    "mongodump": ("--password=", "-p "),
    "mongorestore": ("--password=", "-p "),
    "redis-cli": ("-a ", "--pass "),
    "sshpass": ("-p", "-p "),
    "curl": ("-u ", "--user "),
    "docker": ("--password=", "--password "),
    "az": ("--password ",),
}
"""Options whose value is a secret: in the same word, or (with a blank at the end) in the next one."""


def may_hold_secrets(text: str) -> bool:
    """Tell quickly whether it is worth to look closer."""
    return any(mark in text for mark, _, _ in FORMS)


def text_secrets(text: str) -> Iterator[Secret]:
    """Give what is known to be a secret by its form."""
    for mark, form, what in FORMS:
        if mark in text:
            for found in re.finditer(form, text):
                if found.lastindex and re.fullmatch(_NO_SECRET, found[1]):
                    continue
                start, end = found.span(found.lastindex or 0)
                yield Secret(start=start, end=end, what=what)


@lru_cache(maxsize=512)
def script_secrets(text: str) -> tuple[Secret, ...]:
    """Give the same for a script that several steps call: it is read once."""
    return tuple(text_secrets(text))


@lru_cache(maxsize=512)
def command_secrets(script: Script) -> tuple[Secret, ...]:
    """Give the literal values of variables and options that take a secret."""
    return tuple(_secrets_of(script))


def _secrets_of(script: Script) -> Iterator[Secret]:
    for assignment in script.assignments:
        value = assignment.value
        if value is not None and value.literal and not re.fullmatch(_NO_SECRET, value.value):
            if assignment.name in _PASSWORDS:
                yield Secret(start=value.start, end=value.end, what="A password")
            elif re.search(_SUSPECT, assignment.name) and _looks_made(value.value):
                yield Secret(start=value.start, end=value.end, what=f"The value of {assignment.name}", sure=False)
    for command in script.calls(OPTIONS):
        yield from _from_options(command)


def _looks_made(value: str) -> bool:
    """Tell what a generator makes from what a person calls something: long, with letters and digits, no blanks."""
    return (
        len(value) >= 12
        and not re.search(r"[\s/]", value)
        and bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))
    )


def _from_options(command: Command) -> Iterator[Secret]:
    words = command.arguments
    for name in OPTIONS[command.program]:
        for index, word in enumerate(words):
            value = _value(name, word, words[index + 1] if index + 1 < len(words) else None)
            if value is None or not value.literal or re.fullmatch(_NO_SECRET, value.value):
                continue
            if command.program == "curl" and not re.fullmatch(r"[^:]+:.{3,}", value.value):
                continue
            yield Secret(start=value.start, end=value.end, what="A password")


def _value(name: str, word: Word, following: Word | None) -> Word | None:
    if name.endswith(" "):
        return following if word.value == name.strip() else None
    if (
        word.value.startswith(name)
        and len(word.value) > len(name)
        and not word.value.startswith("--p" if name == "-p" else "\0")
    ):
        return word._replace(value=word.value[len(name) :])
    return None
