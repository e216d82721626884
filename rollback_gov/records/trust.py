"""Whose signature counts for what, and until when; and which keys are one person's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from rollback_gov.model.errors import UsageError
from rollback_gov.model.trust import Trust, TrustedKey
from rollback_gov.records.dsse import Envelope, verified_by
from rollback_gov.records.keys import read_public_key

APPROVER = "approver"
STATUS_LIST_SIGNER = "status-list"
PEOPLE = {APPROVER: "an approver", "stakeholder": "a stakeholder"}
"""Roles that speak for one person, and never for a machine."""


class Keyring:
    """The keys of a trust.yaml, checked. Raises UsageError that names the entry that is wrong."""

    def __init__(self, trust: Trust) -> None:
        self._keys: dict[bytes, TrustedKey] = {}
        for key in trust.keys:
            self._add(key)
        self._people = tuple(_people(trust.keys))
        self._thresholds = dict(trust.thresholds or {})

    def _add(self, key: TrustedKey) -> None:
        raw = read_public_key(key.public_key)
        if raw in self._keys:
            raise UsageError(
                f"trust.yaml lists one key under two ids: '{self._keys[raw].id}' and '{key.id}'.",
                hint="A key has one role; make another key for the other role.",
            )
        if any(other.id == key.id for other in self._keys.values()):
            raise UsageError(f"trust.yaml has two keys with the id '{key.id}'.", hint="Rename one of them.")
        if key.role in PEOPLE and not key.person.strip():
            raise UsageError(
                f"trust.yaml does not say whose key '{key.id}' is; {PEOPLE[key.role]} is a person.",
                hint=f"Add `person: NAME`, and the person's e-mail addresses, to the entry '{key.id}'.",
            )
        _check_days(key)
        self._keys[raw] = key

    def entry(self, raw: bytes) -> TrustedKey | None:
        """Give the entry of a public key (32 bytes), or None."""
        return self._keys.get(raw)

    def threshold(self, role: str) -> int:
        """Give how many keys of a role must sign; 0 where trust.yaml does not say."""
        return self._thresholds.get(role, 0)

    def entries(self, ids: Iterable[str]) -> tuple[TrustedKey, ...]:
        """Give the entries with these ids."""
        wanted = set(ids)
        return tuple(key for key in self._keys.values() if key.id in wanted)

    def count_signers(self, keys: Iterable[TrustedKey]) -> int:
        """Count who signed: keys of one person are one, and a machine's key is one by itself."""
        return len({self.person(key) or key.id for key in keys})

    def has_role(self, role: str) -> bool:
        """Tell whether any key has a role."""
        return any(key.role == role for key in self._keys.values())

    def signers(self, envelope: Envelope, role: str) -> tuple[TrustedKey, ...]:
        """Give the keys of a role of which a signature verifies; whether they were valid then, see ``is_valid``."""
        candidates = [raw for raw, key in self._keys.items() if key.role == role]
        return tuple(self._keys[raw] for raw in sorted(verified_by(envelope, candidates)))

    def person(self, key: TrustedKey) -> frozenset[str]:
        """Give every name and e-mail address of the person whose key it is, in ``folded`` form."""
        mine = set(_names(key))
        return next((person for person in self._people if person & mine), frozenset())

    def known_as(self, names: Iterable[str]) -> frozenset[str]:
        """Give the names, in ``folded`` form, and every other one of the people who have one of them."""
        mine = frozenset(map(folded, names))
        return mine.union(*(person for person in self._people if person & mine))

    def count_people(self, ids: Iterable[str], logins: Iterable[str] = ()) -> int:
        """Count the people behind keys and logins: several keys of one person, and their login, are one."""
        reviewers = {folded(login): frozenset({folded(login)}) for login in logins}
        known = {
            login: next((person for person in self._people if login in person), reviewers[login]) for login in reviewers
        }
        return len({*(self.person(key) for key in self.entries(ids)), *known.values()})


def _check_days(key: TrustedKey) -> None:
    """See that the limits of a key are days, and in this order. Raises UsageError."""
    for name, day in (("not_before", key.not_before), ("not_after", key.not_after)):
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError:
            raise UsageError(f"trust.yaml: {name} of the key '{key.id}' is '{day}', which is no day.") from None
    if key.not_after and key.not_after < key.not_before:
        raise UsageError(f"trust.yaml: the key '{key.id}' ends on {key.not_after}, before it begins.")


def is_valid(key: TrustedKey, at: datetime) -> bool:
    """Tell whether a key was valid at a time (UTC). Its limits are days, both inclusive."""
    day = at.date().isoformat()
    return (not key.not_before or day >= key.not_before) and (not key.not_after or day <= key.not_after)


def folded(name: str) -> str:
    """Give a name or an e-mail address in the form in which it is compared."""
    return " ".join(name.split()).casefold()


def _names(key: TrustedKey) -> Iterator[str]:
    yield from filter(None, map(folded, (key.person, key.github, *key.emails)))


def _people(keys: Iterable[TrustedKey]) -> list[frozenset[str]]:
    """Join keys that share a name or an address, also by way of a third."""
    people: list[frozenset[str]] = []
    for key in keys:
        mine = set(_names(key))
        same = [person for person in people if person & mine]
        people = [person for person in people if not person & mine]
        people.append(frozenset(mine.union(*same)))
    return [person for person in people if person]
