"""Secrets never reach a terminal, a file or a journal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MASK = "***"
SHORTEST = 3
"""Shorter values are not masked: they would blot out half of every text."""
_SECRET_NAME = re.compile(
    r"(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIAL|WEBHOOK)", re.I
)
_ADD_MASK = re.compile(r"^::add-mask::(.+)$", re.M)


def secret_values(environ: Mapping[str, str]) -> set[str]:
    """Give the values of environment variables whose names look like secrets."""
    return {value for name, value in environ.items() if _SECRET_NAME.search(name)}


class Masker:
    """Replaces every known secret by ``***``, in each form in which it may appear."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.longest = 0
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Learn more secrets. A secret of several lines is masked line by line, as output is."""
        lines = {line.strip() for secret in secrets for line in secret.splitlines()}
        for line in lines:
            self._forms |= {form for form in _forms(line) if len(form) >= SHORTEST}
        if self._forms:
            self._pattern = re.compile("|".join(re.escape(form) for form in sorted(self._forms, key=len, reverse=True)))
            self.longest = max(map(len, self._forms))

    def text(self, text: str) -> str:
        """Mask a text. ``::add-mask::VALUE`` lines teach a new secret first."""
        for found in _ADD_MASK.findall(text):
            self.add(found)
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


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
