"""Secrets never reach a terminal, a file or a journal."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MASK = "***"
SHORTEST = 3
"""Shorter values are not masked: they would blot out half of every text."""
SHORTEST_INSIDE = 6
"""For a secret that stands inside something else: a password in a URL may be a word that all texts are full of."""
LONG_LINE = 65_536
_SECRET_NAME = re.compile(
    r"(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIAL|WEBHOOK)", re.I
)
PACKED = "ROLLBACK_GOV_SECRETS"
"""A variable that holds many secrets, one NAME=VALUE a line."""
_COMMAND = "::add-mask::"
_ADD_MASK = re.compile(rf"^{_COMMAND}(.+)$", re.M)


def secret_values(environ: Mapping[str, str]) -> set[str]:
    """Give the values of environment variables whose names look like secrets, and those that one of them packs."""
    packed = {line.partition("=")[2] for line in environ.get(PACKED, "").splitlines()}
    return packed | {value for name, value in environ.items() if _SECRET_NAME.search(name)}


class Masker:
    """Replaces every known secret by ``***``, in each form in which it may appear."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()
        self.longest = 0
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learn more secrets: each as a whole, line by line, as output is, and what a URL among them keeps secret."""
        texts = {
            text.strip() for secret in secrets for text in (secret, *secret.splitlines(), *_secrets_in_url(secret))
        }
        forms = {form for text in texts if len(text) >= SHORTEST for form in _forms(text)}
        with self._lock:
            if forms <= self._forms:
                return
            self._forms |= forms
            longest_first = sorted(self._forms, key=len, reverse=True)
            self.longest = len(longest_first[0])
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """Mask a text. ``::add-mask::VALUE`` lines teach a new secret first."""
        if _COMMAND in text:
            self.add(*_ADD_MASK.findall(text))
        return self._pattern.sub(MASK, text) if self._pattern else text

    def data(self, value: Any) -> Any:
        """Mask every text inside plain data."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.data(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(entry) for entry in value]
        return value

    def safe_cut(self, text: str) -> int:
        """Give a position before which ``text`` can be masked and let go without cutting a secret in two."""
        cut = max(0, len(text) - self.longest + 1)
        for match in self._pattern.finditer(text) if self._pattern else ():
            if match.start() < cut < match.end():
                return match.start()
        return cut


class MaskedText:
    """A text that comes bit by bit, masked line by line; a long line is let go where no secret is cut."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._pending = ""

    def take(self, text: str) -> str:
        """Take the next bit and give what can be let go."""
        self._pending += text
        cut = self._pending.rfind("\n") + 1
        if not cut and len(self._pending) > LONG_LINE:
            cut = self._masker.safe_cut(self._pending)
        ready, self._pending = self._pending[:cut], self._pending[cut:]
        return self._masker.text(ready)

    def end(self) -> str:
        """Give the rest: a last line without an end."""
        rest, self._pending = self._pending, ""
        return self._masker.text(rest)


def mask_file(path: Path, masker: Masker) -> None:
    """Mask a text file in its place. A binary file (one with NUL bytes at its beginning) stays as it is.

    Raises OSError.
    """
    with path.open("rb") as file:
        if b"\0" in file.read(LONG_LINE):
            return
    part, text = path.with_name(f"{path.name}.masked"), MaskedText(masker)
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline="") as source,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        while chunk := source.read(LONG_LINE):
            target.write(text.take(chunk))
        target.write(text.end())
    part.replace(path)


def teaches(path: Path) -> bool:
    """Tell whether a kept output has taught a secret: the word stays, the value is masked. Unreadable: it has not."""
    command, before = _COMMAND.encode(), b""
    with suppress(OSError), path.open("rb") as file:
        while chunk := file.read(LONG_LINE):
            if command in before + chunk:
                return True
            before = chunk[-len(command) :]
    return False


def _forms(secret: str) -> set[str]:
    """A secret as it is, in a URL, in JSON, and in base64 (how Kubernetes shows its secrets)."""
    raw = secret.encode("utf-8", "surrogatepass")
    in_url = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret} | in_url | in_json | _base64(raw)


def _base64(raw: bytes) -> set[str]:
    """All of it, and the part that stays the same when more follows or stands before it, as in ``user:password``."""
    alone = {b64encode(raw).decode("ascii").rstrip("="), b64encode(raw[: len(raw) // 3 * 3]).decode("ascii")}
    return alone | ({_shifted(raw, 1), _shifted(raw, 2)} if len(raw) >= SHORTEST_INSIDE else set())


def _shifted(raw: bytes, by: int) -> str:
    """The characters of base64 that say nothing of the ``by`` bytes before and of what follows."""
    padded = bytes(by) + raw
    return b64encode(padded).decode("ascii")[by + 1 : len(padded) * 8 // 6]


def _secrets_in_url(text: str) -> set[str]:
    """What a URL keeps secret: its password, a token in the place of a user, a query value that is named like one."""
    if "://" not in text:
        return set()
    try:
        url = urlsplit(text.strip())
        password, user, query = url.password, url.username, parse_qsl(url.query)
    except ValueError:
        return set()
    found = {value for name, value in query if _SECRET_NAME.search(name)} | {password or ""}
    if password is None and url.scheme in ("http", "https"):
        found.add(user or "")
    return {form for part in found for form in (part, unquote(part)) if len(form) >= SHORTEST_INSIDE}
