"""Who is to be called: the contacts of a plan, and of the environment in which it runs."""

from __future__ import annotations

from collections.abc import Iterable

from rollback_gov.model.environment import Environment
from rollback_gov.model.people import Contact
from rollback_gov.model.plan import Plan


def contacts_of(plan: Plan, environment: Environment | None) -> tuple[Contact, ...]:
    """Give the contacts in the plan's order; for the same role the environment knows better whom it is."""
    own = {contact.role: contact for contact in (environment.contacts if environment else ())}
    named = tuple(_merged(contact, own.pop(contact.role, None)) for contact in plan.contacts)
    return (*named, *own.values())


def _merged(contact: Contact, known: Contact | None) -> Contact:
    if known is None:
        return contact
    return Contact(role=contact.role, reach=known.reach, when=known.when or contact.when)


def in_words(contacts: Iterable[Contact]) -> str:
    """Write them for a message: role, how to reach it, and in which case."""
    return "; ".join(f"{contact.role}: {contact.reach}{_when(contact)}" for contact in contacts)


def _when(contact: Contact) -> str:
    when = contact.when
    if when is None:
        return ""
    said = when.case or (f"after {when.after}{' of failure' if when.while_ == 'failed' else ''}" if when.after else "")
    return f" ({said})" if said else ""
