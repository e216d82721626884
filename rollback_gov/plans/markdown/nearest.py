"""Which of some known names a misspelt one was meant to be."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def nearest(name: str, known: tuple[str, ...], *, cutoff: float) -> str:
    """Give the known name that is most like ``name``, or nothing where none is as like as ``cutoff`` (difflib's ratio).

    Names that differ too much in length or letters are left out first: a document may have thousands of titles, and
    comparing takes long.
    """
    letters = set(name)
    possible = [one for one in known if _may_be(name, letters, one, cutoff)]
    if not possible:
        return ""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, possible, n=1, cutoff=cutoff)), "")


def _may_be(name: str, letters: set[str], one: str, cutoff: float) -> bool:
    """Tell whether as many letters as the ratio asks for can be the same: each letter that only one has is one less."""
    need = cutoff * (len(name) + len(one)) / 2
    own = set(one)
    return len(name) - len(letters - own) >= need and len(one) - len(own - letters) >= need
