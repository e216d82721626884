"""Which files of a tree a verdict stands on: what decides about the gate, plans, what they use, and rehearsals."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rollback_gov.commands.discovery import PATTERNS, SKIPPED, matching
from rollback_gov.commands.fleet.basket import LONGEST_PATH, Basket, BasketFiles
from rollback_gov.commands.settings import SETTINGS, load_organisation
from rollback_gov.github.fleet.asking import Unreadable
from rollback_gov.github.fleet.traffic import ScanEnded
from rollback_gov.github.fleet.tree import Tree
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.files import EVIDENCE, UsedFiles
from rollback_gov.plans.load import load_text
from rollback_gov.plans.problem import DocumentError, Problem
from rollback_gov.plans.source import DOCUMENT, source_of
from rollback_gov.records.dsse import MAX_BYTES
from rollback_gov.records.places import ACKNOWLEDGEMENTS
from rollback_gov.records.statement import SUFFIX

MOST_PLANS = 200
MOST_RECORDS = 100
"""Of one plan, the newest by their names."""
MOST_WILDCARDS, MOST_TOGETHER = 4, 20
"""Of one pattern, and of all. A pattern of four takes about a second at worst, for a path made for it."""
MOST_SECONDS = 5.0
"""Of processor time, for finding the plans by a repository's own patterns."""


def take_all(basket: Basket, tree: Tree) -> tuple[str, ...]:
    """Fill the basket, and give the paths of the plans. Raises Unreadable, ScanEnded."""
    for folder in tree.unsearched[:10]:
        basket.leave_out(f"{folder or 'The root'}: the tree is too large, and this folder was not searched.")
    patterns = _patterns(basket)
    if patterns is None:
        return ()
    plans = list(_plans(tree, patterns))
    if len(plans) > MOST_PLANS:
        basket.leave_out(f"There are {len(plans)} plans, and {MOST_PLANS} of them were read.")
    for path in plans[:MOST_PLANS]:
        raw = basket.take(path, most=DOCUMENT.bytes)
        if raw is None:
            continue
        for name in _used(path, raw):
            basket.take(name)
        for name in _records(basket, tree, posixpath.dirname(path)):
            basket.take(name, most=MAX_BYTES)
    return tuple(path for path in plans[:MOST_PLANS] if path in basket.files)


def _patterns(basket: Basket) -> Sequence[str] | None:
    """Take what decides, and give the patterns of plans; None where the policy is broken, which is judged later."""
    files = BasketFiles(basket)
    try:
        discovery = load_organisation(files).policy.discovery
        for name in SETTINGS[1:]:
            files.read(name)
    except (ScanEnded, Unreadable):
        raise
    except (UsageError, DocumentError):
        return None
    return discovery or PATTERNS


def _plans(tree: Tree, patterns: Sequence[str]) -> Iterator[str]:
    """Find the plans. Patterns are a repository's own, and some would take for ever."""
    wildcards = [len(re.findall(r"\*+|\?+", pattern)) for pattern in patterns]
    if max(wildcards) > MOST_WILDCARDS or sum(wildcards) > MOST_TOGETHER:
        raise Unreadable(
            f"a pattern under `discovery` in its policy has more than {MOST_WILDCARDS} wildcards, or all together have "
            f"more than {MOST_TOGETHER}"
        )
    is_wanted, end = matching(patterns), time.thread_time() + MOST_SECONDS
    for path in sorted(tree.files):
        if len(path) <= LONGEST_PATH and is_wanted(path) and not SKIPPED & set(path.split("/")[:-1]):
            yield path
        if time.thread_time() > end:
            raise Unreadable("finding its plans by the patterns of its policy takes too long")


def _used(path: str, raw: bytes) -> Iterator[str]:
    """Give the files that a plan uses, by their paths from the root."""
    names: list[str] = []

    def note(_folder: Path, used: Iterable[str]) -> tuple[UsedFiles, list[Problem]]:
        names.extend(used)
        return UsedFiles(digests={}, scripts={}), []

    try:
        source = source_of(raw, path)
    except DocumentError:
        return
    load_text(Path(path), source, read=note)
    for name in names:
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _records(basket: Basket, tree: Tree, folder: str) -> Iterator[str]:
    """Give the rehearsals of a plan and who acknowledged them."""
    for place in (EVIDENCE, ACKNOWLEDGEMENTS.as_posix()):
        beside = posixpath.join(folder, place)
        found = sorted(path for path in tree.files if path.endswith(SUFFIX) and posixpath.dirname(path) == beside)
        if len(found) > MOST_RECORDS:
            basket.leave_out(f"{beside}: it holds {len(found)} records, and the last {MOST_RECORDS} were read.")
        yield from found[-MOST_RECORDS:]
