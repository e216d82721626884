"""``validate``: plans against the rules of their level, one after the other or in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.discovery import PATTERNS, discover, is_skipped, matching, resolve
from rollback_gov.commands.judge import Demands, check_plan
from rollback_gov.commands.pool import in_order
from rollback_gov.commands.runbooks import load_found
from rollback_gov.commands.settings import FOLDER
from rollback_gov.commands.waivers import WaiverFile
from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.record import Record
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary, Tally, by_line
from rollback_gov.plans.load import load_plan
from rollback_gov.policy.custom import all_rules

if TYPE_CHECKING:
    from rollback_gov.commands.changes import Changes
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.policy.governance import Register


class Scope(Record):
    """Which plans are checked: the named ones, or all under ``root``; only what changed, where that is said."""

    root: Path
    working_directory: Path
    paths: tuple[Path, ...] = ()
    changes: Changes | None = None


class _Looked(Record):
    """What came of one file: a plan that was checked, or nothing, because it has not changed or is a runbook."""

    plan: CheckedPlan | None = None
    is_runbook: bool = False


class Governance(Record):
    """What is said about the gate itself: the waivers, and files that a branch has changed."""

    waivers: WaiverFile = WaiverFile()
    changed: tuple[CheckedFile, ...] = ()
    touched: frozenset[str] = frozenset()
    """All files that the branch has changed, from the root, where the gate comes from a ref."""


def validate(
    scope: Scope,
    demands: Demands,
    each: Callable[[CheckedPlan], None],
    *,
    governance: Governance | None = None,
    fail_on: Severity = Severity.ERROR,
) -> Summary:
    """Check all plans of the scope; each is given on and forgotten.

    Raises UsageError for a path that does not exist, RuleCrashed for a defect.
    """
    gate = governance or Governance()
    searched = () if scope.paths else (demands.policy.discovery or PATTERNS)
    candidates = resolve(scope.paths) if scope.paths else discover(scope.root, searched)
    unread: list[Path] = []
    tally, register = Tally(fail_on=fail_on, today=demands.now.date()), _register(gate.waivers)
    mine = replace(demands, waivers=tuple(written.waiver for written in gate.waivers.waivers))
    checked = 0
    for path, looked in zip(candidates, in_order(candidates, lambda path: _check(path, scope, mine)), strict=True):
        plan = looked.plan
        if looked.is_runbook:
            unread.append(path)
        if plan is None:
            continue
        checked += 1
        tally.add_plan(plan)
        if register is not None and plan.waiver_longest is not None:
            register.plan(plan.operation, plan.waiver_longest, (*plan.findings, *plan.repeated))
        each(plan)
    settings = (*gate.changed, *_about_waivers(gate.waivers, register, demands, scope))
    return replace(
        tally.summary(
            settings,
            searched=tuple(searched),
            remarks=(
                *_remarks(scope, checked, len(candidates) - len(unread)),
                *_gone(gate.touched, searched, candidates, scope),
                *_unread(unread, scope),
            ),
        ),
        unchanged=len(candidates) - len(unread) - checked,
    )


def spare_documents(outputs: Iterable[Path], workspace: Workspace, paths: Sequence[Path]) -> None:
    """Raise UsageError for an output that would be written over a plan, or over settings."""
    for file in outputs:
        if not file.is_file():
            continue
        real, patterns = Path(os.path.realpath(file)), workspace.policy.discovery or PATTERNS
        inside = real.is_relative_to(os.path.realpath(workspace.root))
        name = os.path.relpath(real, os.path.realpath(workspace.root)) if inside else ""
        checked = any(os.path.realpath(path) == str(real) for path in resolve(paths))
        if checked or matching((*patterns, f"{FOLDER}/**"))(name):
            raise UsageError(
                f"'{file}' is a plan or a setting, and the output would be written over it.", hint="Name another file."
            )


def _register(file: WaiverFile) -> Register | None:
    """Give what remembers how waivers are used; where there are none, nothing is imported for them."""
    if not file.waivers:
        return None
    from rollback_gov.policy.governance import Register

    return Register(file.waivers)


def _check(path: Path, scope: Scope, demands: Demands) -> _Looked:
    """Check one plan, unless it has not changed, or what a search found is a runbook."""
    name = _name(path, scope.working_directory)
    loaded = load_plan(path, name=name) if scope.paths else load_found(path, name=name)
    if loaded is None:
        return _Looked(is_runbook=True)
    if scope.changes is not None:
        from rollback_gov.commands.changes import is_touched

        if not is_touched(loaded, scope.changes, scope.root):
            return _Looked()
    return _Looked(plan=check_plan(loaded, demands))


def _about_waivers(
    file: WaiverFile, register: Register | None, demands: Demands, scope: Scope
) -> Sequence[CheckedFile]:
    all_plans = not scope.paths and (scope.changes is None or scope.changes.everything)
    found: list[Finding] = [*file.findings]
    if register is not None:
        rules = all_rules(demands.policy)
        found += register.findings(today=demands.now.date(), policy=demands.policy, rules=rules, all_plans=all_plans)
    if not found:
        return ()
    if file.ref:
        found = [_pointed_here(finding, file.ref) for finding in found]
    found.sort(key=lambda finding: finding.place)
    lines = by_line(found, file.line)
    return (CheckedFile(file=found[0].place.file, findings=tuple(found), lines=lines),)


def _pointed_here(finding: Finding, ref: str) -> Finding:
    """Let what is said of a file of another commit stand at the file's own name, which annotations can point at."""
    place = replace(finding.place, file=finding.place.file.removeprefix(f"{ref}:"))
    return replace(finding, place=place, message=f"{finding.message} This is how {ref} has it.")


def _unread(paths: Collection[Path], scope: Scope) -> Iterator[str]:
    if paths:
        names = ", ".join(_name(path, scope.working_directory) for path in islice(paths, 5))
        more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
        from rollback_gov.plans.markdown.recognise import HOW

        yield f"Not checked, because a runbook is no plan: {names}{more}. {HOW}"


def _gone(
    touched: Collection[str], searched: Sequence[str], candidates: Collection[Path], scope: Scope
) -> Iterator[str]:
    """Say which plans the branch has taken out of the search: by deleting or renaming them, or by a link."""
    is_plan, here = matching(searched), frozenset(candidates)
    gone = sorted(name for name in touched if is_plan(name) and scope.root / name not in here and not is_skipped(name))
    if gone:
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        yield f"Checked no more, because this branch has removed or renamed them: {', '.join(gone[:5])}{more}."


def _remarks(scope: Scope, checked: int, found: int) -> tuple[str, ...]:
    if scope.changes is None:
        return ()
    if scope.changes.everything:
        return (scope.changes.remark,)
    return (f"{scope.changes.remark} {checked} of {found} plans.",)


def _name(path: Path, working_directory: Path) -> str:
    """Name a file as GitHub and people expect it: relative to where they stand, with forward slashes."""
    absolute = path if path.is_absolute() else working_directory / path
    inside = absolute.is_relative_to(working_directory)
    return (absolute.relative_to(working_directory) if inside else path).as_posix()
