"""A git repository as a rollback sees it: pinned commits only, and questions that change nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.execution.arguments import Unanswered, answered, refused
from rollback_gov.execution.bash import ask_program
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome

SECONDS = 30.0
_FULL = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")
_ELSEWHERE = re.compile(r"GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_\w+|NAMESPACE|PREFIX|COMMON_DIR)")


def git_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that git runs with: none that lead it to another repository, and nobody is asked anything."""
    kept = {name: value for name, value in variables.items() if not _ELSEWHERE.fullmatch(name)}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that a folder lies in. Every question raises Unanswered when git cannot answer it."""

    context: Context
    folder: Path

    def try_ask(self, *words: str) -> Outcome:
        """Ask git, and give the outcome whatever it is."""
        if not self.folder.is_dir():
            raise refused(f"There is no folder {self.folder}.")
        command = self.context.command(("git", *words), folder=self.folder)
        command = type(command)(command.argv, git_environment(command.env), command.folder)
        return ask_program(self.context, command, name="git", timeout=SECONDS)

    def ask(self, *words: str) -> str:
        """Give what git answers."""
        return answered("git", self.try_ask(*words))

    def find(self, name: str) -> str:
        """Give the full id of the commit that a name leads to, or an empty text."""
        outcome = self.try_ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if outcome.exit not in (0, 1):
            answered("git", outcome)
        return outcome.stdout.strip()

    def pinned(self, name: str) -> str:
        """Give the full id of a commit that is named by its full id or by a tag; whatever moves is refused."""
        if _FULL.fullmatch(name):
            commit = self.find(name)
        else:
            commit = self.find(f"refs/tags/{name}") if _NAME.fullmatch(name) else ""
        if not commit:
            raise self._refusal(name)
        return commit

    def _refusal(self, name: str) -> Unanswered:
        if _FULL.fullmatch(name):
            return refused(f"The commit {name} is not in {self.folder}; fetch it first (git fetch origin {name}).")
        today = "" if name.startswith("-") else self.find(name)
        if today:
            return refused(f"'{name}' moves: name the full commit id (today {today}) or a tag.")
        return refused(f"'{name}' is neither a full commit id nor a tag of {self.folder}; fetch it, or correct it.")
