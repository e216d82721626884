"""The first plan of a repository: files to begin with, none of which takes the place of one that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rollback_gov.commands.new_file import write_new
from rollback_gov.commands.settings import FOLDER
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.scaffold import fillings, rendered, scaffold
from rollback_gov.plans.schema import load_schema
from rollback_gov.plans.source import Source
from rollback_gov.policy.levels import LevelRequirements, floor, policy_for, requirements
from rollback_gov.resources import resource

SERVICE_GAP = "YOUR-SERVICE"
WORKFLOW = ".github/workflows/rollback-plans.yml"
_SERVICE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""A name that Kubernetes, Docker and the labels of a metric can carry."""


class Wanted(Record):
    """What a person wants to begin with. Without a service its name is a gap."""

    operation: str
    level: int
    kind: str
    title: str
    owner: str
    service: str = SERVICE_GAP


class StartFile(Record):
    """A file to begin with, by its path from the root. ``kept`` names what is there already; empty: nothing is."""

    path: str
    text: str
    kept: str = ""


class PlanGap(Record):
    """Something to fill in: the line where it stands first, the word, and an example."""

    line: int
    word: str
    example: str


class Start(Record):
    """What there is to begin with, whether or not it was written."""

    root: Path
    plan: str
    files: tuple[StartFile, ...]
    gaps: tuple[PlanGap, ...]
    parameters: tuple[str, ...]
    """Those that every environment has to give a value."""
    secrets: tuple[str, ...]
    """Those that come from the process environment."""


def next_operation(root: Path) -> str:
    """Give the first free id of the form op-N."""
    taken = {path.name for path in (root / "rollback").glob("op-*")}
    return next(name for number in range(1, len(taken) + 2) if (name := f"op-{number}") not in taken)


def prepare(workspace: Workspace, wanted: Wanted) -> Start:
    """Make every file in memory.

    Raises UsageError for a name that cannot be one, and for a level below the policy's floor.
    """
    demands = _demands(workspace, wanted)
    name = f"rollback/{wanted.operation}/plan.yaml"
    loaded = load_text(workspace.root / name, Source(name, _plan_text(wanted, demands)))
    plan = loaded.require()
    asked = {
        key: each
        for key, each in (plan.parameters or {}).items()
        if each.default is None and key not in _regional(plan)
    }
    parameters = tuple(key for key, each in asked.items() if not each.secret)
    texts = {
        name: loaded.source.text,
        f"{FOLDER}/policy.yaml": _bundled("policy.yaml"),
        f"{FOLDER}/waivers.yaml": _bundled("waivers.yaml"),
        f"{FOLDER}/environments.yaml": _environments(plan, demands, parameters),
        WORKFLOW: _bundled("rollback-plans.yml"),
    }
    files = (StartFile(path=path, text=text, kept=_there(workspace.root, path)) for path, text in texts.items())
    return Start(
        root=workspace.root,
        plan=name,
        files=tuple(files),
        gaps=tuple(_gaps(loaded, plan, fillings(wanted.kind))),
        parameters=parameters,
        secrets=tuple(key for key, each in asked.items() if each.secret),
    )


def write(start: Start) -> Start:
    """Write what is not there; what appears meanwhile stays as it is, too.

    Raises UsageError where a file cannot be written.
    """
    return replace(start, files=tuple(_written(start.root, file) for file in start.files))


def _demands(workspace: Workspace, wanted: Wanted) -> LevelRequirements:
    """Give what the level demands here, and see that everything that was typed can be a name."""
    for what, text, pattern in (
        ("an operation", wanted.operation, _operation_pattern()),
        ("a service", wanted.service, _SERVICE),
    ):
        if not re.fullmatch(pattern, text):
            raise UsageError(
                f"'{text}' cannot be the name of {what}.",
                hint="Use letters, digits, dots, dashes and underscores, such as op-7 or payment-service.",
            )
    policy = policy_for(workspace.policy, (wanted.service,), "")
    least, why = floor((wanted.service,), policy)
    if wanted.level < least:
        raise UsageError(
            f"The policy demands level {least} for {why}, and this would be level {wanted.level}.",
            hint=f"Take --level {least}, or more.",
        )
    return requirements(wanted.level, policy)


def _operation_pattern() -> str:
    metadata = load_schema("plan-v1")["definitions"]["metadata"]
    return str(metadata["properties"]["operation"]["pattern"])


def _plan_text(wanted: Wanted, demands: LevelRequirements) -> str:
    """Which sections there are is asked of the rules: what a rule is in force for at that level is written."""
    from rollback_gov.policy.registry import rules

    def in_force(code: str) -> bool:
        return rules()[code].severity_at(wanted.level) is not None

    values = {
        "operation": wanted.operation,
        "title": wanted.title,
        "owner": wanted.owner,
        "service": wanted.service,
        "level": wanted.level,
        "sla": str(demands.sla),
        "demands": in_force,
        "regional": in_force("RG140"),
    }
    return scaffold(wanted.kind, values)


def _environments(plan: Plan, demands: LevelRequirements, parameters: tuple[str, ...]) -> str:
    """Name an environment for each kind of rehearsal that the level demands, and production."""
    classes = [kind.removesuffix("-test") for kind in demands.kinds] or ["staging"]
    return rendered(
        "init/environments.yaml.j2",
        {
            "environments": {name: name for name in (*classes, "production")},
            "parameters": parameters,
            "watched": bool(plan.triggers),
        },
    )


def _regional(plan: Plan) -> set[str]:
    """Name the parameters to which the regions give their values."""
    values = (plan.regions.parameters or {}).values() if plan.regions else ()
    return {key for own in values for key in own}


def _bundled(name: str) -> str:
    return resource("templates", "init", name).read_text(encoding="utf-8")


def _gaps(loaded: LoadedPlan, plan: Plan, examples: Mapping[str, str]) -> Iterator[PlanGap]:
    """Give each word once, where it stands first."""
    from rollback_gov.policy.texts import machine_texts
    from rollback_gov.policy.unfilled import unfilled

    lines: dict[str, int] = {}
    for gap in unfilled(machine_texts(plan.records)):
        line = loaded.locate(gap.path, *gap.span).line
        lines[gap.word] = min(line, lines.get(gap.word, line))
    for word, line in sorted(lines.items(), key=lambda item: item[1]):
        yield PlanGap(line=line, word=word, example=examples.get(word, ""))


def _there(root: Path, path: str) -> str:
    """Name what stands where a file would be written, or in the place of a plan; empty where nothing does."""
    target = root / path
    names = ("plan.yaml", "plan.yml", "plan.md") if target.name == "plan.yaml" else (target.name,)
    found = (target.with_name(name) for name in names)
    return next((each.relative_to(root).as_posix() for each in found if each.exists() or each.is_symlink()), "")


def _written(root: Path, file: StartFile) -> StartFile:
    if file.kept:
        return file
    target = root / file.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_new(target, file.text)
    except FileExistsError:
        return replace(file, kept=file.path)
    except OSError as error:
        raise UsageError(
            f"Cannot write '{target}': {error.strerror or error}.", hint="Check the folder and the permissions."
        ) from error
    return file
