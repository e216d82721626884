"""Two people wrote in the same document in two places: what each of them changed is kept, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollback_gov.model.record import Record
from rollback_gov.reports.keep import parts, segments, unmarked


class Merged(Record):
    """What the parts say then, which parts were changed differently, and a line that only ``theirs`` says elsewhere."""

    parts: Mapping[str, str]
    conflicts: tuple[str, ...]
    foreign: str = ""


def merge(ours: str, theirs: str, *, base: str, blank: str, since: Iterable[str] = (), met: str = "") -> Merged:
    """Put together what was written here and there since both were ``base``. ``blank`` is what nobody wrote in.

    ``since`` is what ``theirs`` was in between: what ours has from there was not written here. ``met`` is what both
    said when they were put together last, here; empty where nobody knows.

    What stands outside of the parts is written anew from the run; what somebody changed there since is ``foreign``. Of
    a base that is not known (empty), what nobody wrote in takes the place.
    """
    here, there, before = parts(ours), parts(theirs), parts(met or base or blank)
    prompts, came = parts(blank), [parts(text) for text in since]
    said: dict[str, str] = {}
    conflicts = []
    for name in {**here, **there}:
        mine, other = here.get(name), there.get(name)
        if mine is None or other is None:
            said[name] = (mine if other is None else other) or ""
        elif _same(mine, other) or _same(other, before.get(name, "")) or _same(other, prompts.get(name, "")):
            said[name] = mine if not _same(mine, prompts.get(name, "")) else other
        elif any(_same(mine, known.get(name, "")) for known in (before, prompts, *came)):
            said[name] = other
        else:
            conflicts.append(name)
    return Merged(parts=said, conflicts=tuple(conflicts), foreign=_foreign(ours, theirs, base))


def is_same(one: str, other: str) -> bool:
    """Tell whether two documents say the same, whatever each remembers of other documents of the run."""
    return unmarked(one) == unmarked(other)


def _foreign(ours: str, theirs: str, base: str) -> str:
    if _around(theirs) in (_around(base), _around(ours)):
        return ""
    known = {*_around(base).splitlines(), *_around(ours).splitlines()}
    changed = (line.strip() for line in _around(theirs).splitlines() if line not in known)
    return next(filter(None, changed), "(lines were taken out)")


def _around(text: str) -> str:
    """Give what stands outside of the parts, with the name of each in its place."""
    return "".join(f"<{name}>" if name else said for name, said in segments(unmarked(text)))


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()
