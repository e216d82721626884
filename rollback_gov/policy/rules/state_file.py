"""RG217: an old state file over a newer one."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.finding import Finding
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.shell.script import Command, Word
from rollback_gov.policy.shell.subcommands import family, subcommand
from rollback_gov.policy.subject import Subject

_COPIES = frozenset({"cp", "mv", "install", "rsync", "ln"})
_STORES = frozenset({"aws", "gsutil"})


@rule(
    "RG217",
    "A Terraform state is copied back",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script puts an old `terraform.tfstate` in the place of the present one, by `cp`, by a redirection or "
        "by `terraform state push`.",
        why="The state says what is there; it changes nothing that is there. With the new configuration Terraform then "
        "makes the new things once more and forgets those that run; with the old one it finds 'No changes' while the "
        "new version is live.",
        bad="steps:\n  - {id: state, run: cp terraform.tfstate.backup terraform.tfstate}",
        good="steps:\n  - id: apply\n    terraform: {directory: infra, configuration: "
        "6f1ed002ab5595859014ebf0951522d9a3f5c7b2}",
    ),
)
def copied_back(subject: Subject) -> Iterator[Finding]:
    """Look at what is written to a file of that name."""
    for placed in subject.scripts:
        for command, word in placed.script.told(_written_state):
            message = "An old state is put over the present one; that undoes nothing."
            hint = "Apply the previous configuration, from its commit: the `terraform` action does."
            doubt = placed.may_not_run(command)
            yield subject.in_script(placed, message, hint, span=(word.start, word.end), doubt=doubt)


def _written_state(command: Command) -> Word | None:
    program = family(command)
    if program == "terraform":
        return subcommand(command, "state push")
    written = [redirect.target for redirect in command.redirects if redirect.writes]
    if len(command.words) > 2 and (program in _COPIES or (program in _STORES and _copies_in_store(command))):
        written.append(command.words[-1])
    return next((word for word in written if word.value.endswith(".tfstate")), None)


def _copies_in_store(command: Command) -> bool:
    return any(subcommand(command, said) for said in ("s3 cp", "s3 mv", "cp"))
