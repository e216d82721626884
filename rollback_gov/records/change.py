"""What differs between two versions of a plan, told from their digests alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollback_gov.model.evidence import Digests

_PHASES = {"phases": "phase", "forward_fix": "forward-fix phase", "recovery": "recovery phase"}
_SECTIONS = {
    "triggers": "trigger section",
    "capture": "baseline and capture section",
    "point_of_no_return": "point of no return",
    "verification": "verification section",
    "rehearsal": "rehearsal section",
}
_ORDER = "order of the phases, or scenarios"
_SETTINGS = "settings (level, change, parameters, tools, uses, SLA, timeouts, windows, troubleshooting or regions)"
_WORDING = "wording (titles, descriptions, owner, contacts or messages)"


def explain_change(old: Digests, new: Digests) -> tuple[str, ...]:
    """Name what changed: ``phase database``, ``trigger section``, ``file scripts/x.sh``; nothing where both agree.

    A change of the wording alone is told as such; it voids approvals and no rehearsal.
    """
    if old.executable != new.executable:
        return tuple(_changes(old, new)) or (_SETTINGS,)
    return (_WORDING,) if old.plan != new.plan else ()


def _changes(old: Digests, new: Digests) -> Iterator[str]:
    phases = list(_differing(old.phases, new.phases))
    for path, how in phases:
        section, _, name = path.partition("/")
        yield f"{_PHASES.get(section, section)} {name}{how}"
    if _differs(old, new, "procedure") and not any(path.startswith("phases/") for path, _ in phases):
        yield _ORDER
    fix_named = any(path.startswith("forward_fix/") for path, _ in phases)
    for section, name in _SECTIONS.items():
        if _differs(old, new, section) and not (section == "point_of_no_return" and fix_named):
            yield name
    yield from (f"file {name}{how}" for name, how in _differing(old.files, new.files))


def _differs(old: Digests, new: Digests, section: str) -> bool:
    return old.sections.get(section) != new.sections.get(section)


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give names whose digests differ: those of today first, then those that are gone."""
    for name, digest in new.items():
        if name not in old:
            yield name, " (new)"
        elif old[name] != digest:
            yield name, ""
    yield from ((name, " (gone)") for name in old if name not in new)
