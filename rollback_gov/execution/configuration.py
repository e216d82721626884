"""A previous terraform configuration, out of its commit, in a folder of its own, joined to the state that is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.execution.arguments import refused, value_of
from rollback_gov.execution.programs import Programs
from rollback_gov.execution.repository import Repository, git_environment
from rollback_gov.execution.terraform import TerraformCommands
from rollback_gov.model.action import Terraform

OVERRIDE = "zzz_rollback_gov_override.tf.json"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where the exported configuration lies, and the folder of the plan whose state it is joined to."""

    folder: Path
    directory: Path

    def join(self, programs: Programs, wish: Terraform, commands: TerraformCommands) -> None:
        """Initialise it against the same state as ``directory`` has.

        A state in the cloud is found by the backend's own settings. A local state lies beside the configuration, so the
        backend is told to use the file where it lies; it is never copied. Raises Unanswered.
        """
        parameters = programs.context.parameters
        settings = [value_of(setting, parameters) for setting in wish.backend_config]
        programs.must("init", commands.init(settings))
        local = self._local_backend()
        if local is not None:
            self._use_state_of_directory(local)
            programs.must("init-local", commands.init(()))
        workspace = value_of(wish.workspace, parameters)
        if workspace:
            programs.must("workspace", commands.select_workspace(workspace))
        if local is not None:
            self._see_state(local, workspace)

    def _local_backend(self) -> Mapping[str, str] | None:
        """Give the settings of a local backend, or None for any other."""
        try:
            text = (self.folder / ".terraform" / "terraform.tfstate").read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        backend = json.loads(text).get("backend") or {"type": "local"}
        return {k: v for k, v in (backend.get("config") or {}).items() if v} if backend["type"] == "local" else None

    def _use_state_of_directory(self, local: Mapping[str, str]) -> None:
        settings = {"path": str(self._state(local)), "workspace_dir": str(self._workspaces(local))}
        escaped = {key: path.replace("${", "$${").replace("%{", "%%{") for key, path in settings.items()}
        text = json.dumps({"terraform": {"backend": {"local": escaped}}})
        (self.folder / OVERRIDE).write_text(text, encoding="utf-8")

    def _state(self, local: Mapping[str, str]) -> Path:
        return self.directory / local.get("path", "terraform.tfstate")

    def _workspaces(self, local: Mapping[str, str]) -> Path:
        return self.directory / local.get("workspace_dir", "terraform.tfstate.d")

    def _see_state(self, local: Mapping[str, str], workspace: str) -> None:
        """Without a state everything would be created a second time."""
        named = workspace not in ("", "default")
        state = self._workspaces(local) / workspace / "terraform.tfstate" if named else self._state(local)
        if not state.is_file():
            raise refused(
                f"There is no state {state}: nothing was applied from here, so there is nothing to roll back."
            )


def export(programs: Programs, repository: Repository, commit: str) -> Configuration:
    """Write the files of a commit into the step's private folder; the work tree and its index stay untouched.

    All of the repository, because configurations use modules beside them; and through git's own checkout, because an
    archive leaves out what ``export-ignore`` names. Raises Unanswered.
    """
    top, _, prefix = repository.ask("rev-parse", "--show-toplevel", "--show-prefix").partition("\n")
    target = programs.task.state / "configuration"
    target.mkdir(mode=0o700, parents=True)
    env = {**git_environment(programs.env), "GIT_INDEX_FILE": str(programs.task.state / "index")}
    git = Programs(context=programs.context, task=programs.task, env=env, folder=Path(top), deadline=programs.deadline)
    git.must("read-tree", ("git", "read-tree", commit))
    git.must("checkout", ("git", "checkout-index", "--all", f"--prefix={target}/"))
    folder = target / prefix.strip("\n")
    if not folder.is_dir():
        raise refused(f"The commit {commit} has no folder {prefix.strip() or '.'}")
    return Configuration(folder, repository.folder.resolve())
