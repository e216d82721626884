"""From a customer as people write it to given and family name. There is no way back to the spelling."""

from __future__ import annotations


def split_name(customer: str) -> tuple[str, str]:
    """Give (given name, family name) of `Ada Lovelace`, `Lovelace, Ada` or `Plato` (no given name)."""
    family, comma, given = customer.partition(",")
    if not comma:
        given, _, family = customer.strip().rpartition(" ")
    return " ".join(given.split()), " ".join(family.split())


def given_name(customer: str) -> str:
    return split_name(customer)[0]


def family_name(customer: str) -> str:
    return split_name(customer)[1]
