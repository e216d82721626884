"""What GitHub is told of a post-mortem: its branch and file, what its pull request says, and the issues of its actions.

All text of a plan, a run or a person stands in code spans: nothing in it mentions anybody or closes anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from rollback_gov.commands.repository import repository_name
from rollback_gov.git import Git, GitError
from rollback_gov.github.action_issues import ActionIssue, ActionText
from rollback_gov.github.branch_pull import PullText
from rollback_gov.model.code_span import code_span
from rollback_gov.model.cut import cut_at_line
from rollback_gov.model.steady import one_line
from rollback_gov.reports.actions import OPEN, Action
from rollback_gov.reports.identity import Identity

_PREFIX = "rollback-gov/post-mortem"
_LONGEST = 40_000
"""Bytes of ours in the body of a pull request, of which GitHub takes 65,536 with what people write in it."""


def branch_of(run: str) -> str:
    """Give the branch of a run's post-mortem: always the same, and a name that git takes."""
    safe = safe_run(run)
    if ".." in safe or safe.endswith((".", ".lock")):
        safe = f"{safe.replace('.', '-')}-{sha256(run.encode()).hexdigest()[:8]}"
    return f"{_PREFIX}/{safe}"


def safe_run(run: str) -> str:
    """Give a run's id as it may stand in a comment of HTML, a path and a ref."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", run) or "run"


def file_of(document: Path, run: str, repository: str, environ: Mapping[str, str]) -> str:
    """Give the document's path in a repository: where it lies in the clone of it, else ``incidents/RUN/``."""
    folder = document.parent
    _, _, cloned = repository_name(folder).partition("/")
    if cloned.casefold() == repository.casefold():
        try:
            root = Git(folder, environ).ask("rev-parse", "--show-toplevel")
            path = Path(os.path.relpath(os.path.realpath(folder), os.path.realpath(root))) / document.name
        except (GitError, OSError, ValueError):
            path = Path()
        if path.parts and ".." not in path.parts and ".git" not in path.parts:
            return path.as_posix()
    return f"incidents/{safe_run(run)}/{document.name}"


def pull_text(run: Identity, file: str, actions: Iterable[Action], issues: Mapping[str, ActionIssue]) -> PullText:
    """Write what the pull request says. ``issues`` are those that there are, by the keys of their actions."""
    where = f"{code_span(one_line(run.operation))} in {code_span(one_line(run.environment))}"
    lines = [
        f"The post-mortem of the rollback {code_span(one_line(run.run))} of {where}: {code_span(one_line(file))}.",
        "",
        "Write in it between its `write` markers, on this branch too: "
        "the next `rollback-gov report post-mortem --to-github` takes that over.",
    ]
    listed = [_item(action, issues.get(action.key)) for action in actions]
    if listed:
        lines += ["", "Accepted actions:", "", *listed]
    return PullText(
        title=f"Post-mortem of the rollback of {safe_run(run.operation)} in {safe_run(run.environment)}",
        marker=f"<!-- rollback-gov post-mortem: {safe_run(run.run)} -->",
        text=cut_at_line("\n".join(lines), _LONGEST, "\n- and more, in the document"),
    )


def _item(action: Action, issue: ActionIssue | None) -> str:
    stands = action.state
    if issue and action.state == OPEN and not issue.is_open:
        stands = "open here, and closed there"
    link = f" [#{issue.number}]({issue.address})" if issue else ""
    return f"- {code_span(action.title)}{_owned(action)}: {stands}{link}"


def _owned(action: Action) -> str:
    owner = f" of {code_span(one_line(action.owner))}" if action.owner else ""
    return f"{owner}{f' by {action.due}' if action.due else ''}"


def action_texts(run: Identity, file: str, actions: Iterable[Action], pull: str) -> Iterator[ActionText]:
    """Write the issues of the actions that have an owner and a due date. ``pull`` is the pull request's address."""
    document = f"[post-mortem]({pull})" if pull else f"post-mortem ({code_span(one_line(file))})"
    rollback = f"{code_span(one_line(run.run))} of {code_span(one_line(run.operation))}"
    for action in actions:
        if not (action.owner and action.due):
            continue
        lines = [
            code_span(action.title),
            "",
            f"- Owner: {code_span(one_line(action.owner))}",
            f"- Due: {action.due}",
            f"- Accepted in the {document} of the rollback {rollback}, where it is {action.state}",
        ]
        yield ActionText(
            run=safe_run(run.run),
            key=action.key,
            title=action.title,
            body="\n".join(lines),
            state=action.state,
            login=action.login,
        )
