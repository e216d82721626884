"""A post-mortem on GitHub: one pull request with the document, and one issue for each accepted action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rollback_gov.commands.post_mortem_pull import LocalDocument, bring_to_branch
from rollback_gov.commands.post_mortem_text import action_texts, branch_of, file_of, pull_text, safe_run
from rollback_gov.commands.report import Papers
from rollback_gov.github.action_issues import NEEDS as ISSUES
from rollback_gov.github.action_issues import ActionIssue, ActionIssues
from rollback_gov.github.branch_file import NEEDS as FILE
from rollback_gov.github.branch_file import BranchFile
from rollback_gov.github.branch_pull import NEEDS as PULL
from rollback_gov.github.branch_pull import BranchPull
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.record import Record
from rollback_gov.reports.actions import OPEN, Action, accepted
from rollback_gov.reports.keep import parts
from rollback_gov.reports.merge import is_same

if TYPE_CHECKING:
    from rollback_gov.github.writing import Document, Writing

T = TypeVar("T")
_PARTS = ("actions", "follow-up")
"""Where accepted actions stand, in whichever document of the run."""


class Proposed(Record):
    """What lies here and what is on GitHub, by its address, and a sentence for each thing that is not there."""

    files: Mapping[str, Path]
    warnings: tuple[str, ...]
    pull: str
    issues: tuple[str, ...]
    troubles: tuple[str, ...]


def publish_post_mortem(
    folder: Path, repository: str, environ: Mapping[str, str], *, out: Path | None = None, html: bool = False
) -> Proposed:
    """Write the post-mortem, propose it in a pull request to ``repository``, and open the issues of its actions.

    Said again, or by two at once, there is one pull request and one issue an action, and both are brought up to date.
    Raises UsageError where the repository cannot be reached, Refused where what people changed would be lost.
    """
    from rollback_gov.github.connection import connect
    from rollback_gov.github.writing import Writing

    document = LocalDocument(folder, out, html=html)
    with connect(environ, needs="contents: write") as connection:
        return Publishing(Writing(connection), repository, environ, document).publish()


class Publishing:
    """One telling, through one pen. What a permission is missing for is said, and the rest is done."""

    def __init__(self, writing: Writing, repository: str, environ: Mapping[str, str], document: LocalDocument) -> None:
        self._writing, self._repository, self._document = writing, repository, document
        self._run = document.papers().facts.identity
        branch = branch_of(self._run.run)
        self._file = BranchFile(
            writing, repository, branch, file_of(document.place, self._run.run, repository, environ)
        )
        self._pulls = BranchPull(writing, repository, branch)
        self._troubles: list[str] = []

    def publish(self) -> Proposed:
        """Tell it all: the document first, since it may bring actions that people wrote on the branch."""
        pull = self._proposed(self._writing.get(f"/repos/{self._repository}"))
        actions = accepted_actions(self._document.papers())
        issues = self._issues(actions, str(pull["html_url"]) if pull else "")
        if pull and pull["state"] == "open":
            said = pull_text(self._run, self._file.path, actions, issues)
            self._guarded(PULL, "what the pull request says", lambda: self._pulls.say(pull, said))
        return Proposed(
            files=self._document.files,
            warnings=self._document.problems,
            pull=str(pull["html_url"]) if pull else "",
            issues=tuple(issue.address for issue in issues.values()),
            troubles=tuple(dict.fromkeys(self._troubles)),
        )

    def _proposed(self, about: Document) -> Document | None:
        """Give the pull request, opened or brought up to date; None where there is none."""
        base, pull = str(about["default_branch"]), self._pulls.find()
        if pull and pull.get("merged_at"):
            self._guarded(FILE, "the post-mortem", lambda: self._see_it_is_merged(pull, base))
            return pull
        if pull and pull["state"] != "open":
            raise Refused(
                f"The pull request {pull['html_url']} was closed without being merged: people decided so.",
                hint="Open it again there; until then neither it nor the issues of its actions are written.",
            )
        is_there = self._guarded(FILE, "the post-mortem", lambda: self._bring(base))
        return pull if pull or not is_there else self._open(about, base)

    def _bring(self, base: str) -> bool:
        message = f"Post-mortem of {safe_run(self._run.run)}"
        is_there = bring_to_branch(self._file, base, self._document.with_what_people_wrote, message)
        self._document.remember()
        return is_there

    def _open(self, about: Document, base: str) -> Document | None:
        said = pull_text(self._run, self._file.path, accepted_actions(self._document.papers()), {})
        page = f"{about['html_url']}/compare/{base}...{self._file.branch}"
        by_hand = (
            f"Open it by hand: {page} (in a job, GitHub asks for the setting 'Allow GitHub Actions to create and "
            "approve pull requests', too)"
        )
        return self._guarded(PULL, "the pull request", lambda: self._pulls.open(base, said), by_hand)

    def _see_it_is_merged(self, pull: Document, base: str) -> None:
        there = self._file.read(base)
        if there is None or not is_same(there.text, self._document.text):
            self._troubles.append(
                f"{pull['html_url']} was merged, and {self._file.path} on {base} does not say what is written here. "
                "Change it there, as any other file."
            )

    def _issues(self, actions: list[Action], pull: str) -> dict[str, ActionIssue]:
        issues = ActionIssues(self._writing, self._repository)
        found: dict[str, ActionIssue] = {}

        def publish() -> None:
            for text in action_texts(self._run, self._file.path, actions, pull):
                if issue := issues.publish(text):
                    found[issue.key] = issue
            keys = [action.key for action in actions]
            self._troubles.extend(
                f"{one.address} is open, and its action is not in the post-mortem any more: close it, or write it in."
                for one in issues.others(safe_run(self._run.run), keys)
            )

        self._guarded(ISSUES, "all issues of the actions", publish)
        self._troubles += _without_issue(actions)
        return found

    def _guarded(self, needs: str, what: str, do: Callable[[], T], hint: str = "") -> T | None:
        """Do it; where GitHub does not let us, say why and what to do."""
        from rollback_gov.github.connection import explained

        try:
            with explained(needs):
                return do()
        except UsageError as error:
            said = (f"GitHub does not have {what}.", str(error), error.hint, hint)
            self._troubles.append(" ".join(filter(None, said)))
            return None


def accepted_actions(run: Papers) -> list[Action]:
    """Give the accepted actions of all documents of a run, each once; one that is over anywhere is over."""
    prompts = {action.text for blank in run.blank.values() for action in _in_parts(parts(blank.text))}
    written = (action for own in run.own.values() for action in _in_parts(own) if action.text not in prompts)
    found: dict[str, Action] = {}
    for action in written:
        if found.setdefault(action.key, action).state == OPEN:
            found[action.key] = action if action.state != OPEN else found[action.key]
    return list(found.values())


def _in_parts(said: Mapping[str, str]) -> Iterator[Action]:
    return (action for name in _PARTS for action in accepted(said.get(name, "")))


def _without_issue(actions: list[Action]) -> Iterator[str]:
    for action in actions:
        missing = [word for word, there in (("owner", action.owner), ("due date", action.due)) if not there]
        if missing and action.state == OPEN:
            yield f"No issue is opened for an action that has no {' and no '.join(missing)}: {action.title}"
