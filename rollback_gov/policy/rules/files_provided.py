"""RG211 to RG214: files that are not there when a script wants them, or are something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.action import Probe
from rollback_gov.model.finding import Finding, Fix, Severity
from rollback_gov.policy.files import FileUse, asked_for, shown
from rollback_gov.policy.flow import KEPT, Demand, Flow, folders, is_ours
from rollback_gov.policy.knowledge.formats import carried, does_not_fit, format_written, formats_read, hands_on
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.scripts import PlanScript
from rollback_gov.policy.shell.script import Command
from rollback_gov.policy.shell.unwrapping import innermost
from rollback_gov.policy.subject import Subject

_OWN_FOLDERS = ("${SAVE}", "${INCIDENT_DIR}", "${BASELINE}")
_OWN_FILES = ("${INCIDENT_DIR}/journal", "${INCIDENT_DIR}/reports", "${INCIDENT_DIR}/outputs")


@rule(
    "RG211",
    "A file that nothing provides",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script reads a file that no `baseline` or `capture` saves, no step before it writes, and `uses` does "
        "not name. It is an error where the file belongs to the run (`$BASELINE/…`), and a warning where it may lie "
        "there without the plan's saying so. Absolute paths are left alone.",
        why="The checksum that is compared, the backup that is restored: if nobody has written it, the step fails when "
        "it is needed.",
        bad="steps:\n  - {id: intact, run: sha256sum -c backup.sql.sha256}",
        good="baseline:\n  - {id: checksum, run: 'sha256sum backup.sql > \"$SAVE\"', save: backup.sql.sha256}\n"
        "steps:\n  - {id: intact, run: 'sha256sum -c \"$BASELINE/backup.sql.sha256\"'}",
    ),
)
def nobody_writes_it(subject: Subject) -> Iterator[Finding]:
    """Look at every file that is read."""
    for demand in subject.flow.demands:
        if demand.use.runs or _is_excused(demand) or _is_there(subject, demand) or any(subject.flow.after(demand)):
            continue
        name = demand.use.name
        ours = name.startswith(KEPT["baseline"])
        if not ours and (name.startswith(("/", "..")) or ("${" in name and not name.startswith("${INCIDENT_DIR}/"))):
            continue
        what = (
            "no entry of `baseline` saves it" if ours else "nothing before this writes it, and `uses` does not name it"
        )
        hint = "Save it in `baseline`, write it in a step before, or name it under `uses`."
        span = (demand.use.word.start, demand.use.word.end)
        yield subject.in_script(
            demand.by, f"The file {shown(name)} is read, and {what}.", hint, span=span, doubt=not ours
        )


@rule(
    "RG212",
    "A file that is written too late, or not in this scenario",
    from_level=2,
    warn_from=1,
    page=Page(
        what="A script reads a file that only a later step writes; or a scenario contains the step that reads a file "
        "and leaves out the one that writes it.",
        why="The step fails, in the partial rollback that nobody has rehearsed.",
        bad="phases:\n  - {id: look, steps: [{id: count, run: './count.sh > \"$INCIDENT_DIR/count\"'}]}\n"
        "  - {id: act, steps: [{id: compare, run: 'cat \"$INCIDENT_DIR/count\"'}]}\nscenarios:\n"
        "  - {id: short, phases: [act]}",
        good="phases:\n  - {id: look, steps: [{id: count, run: './count.sh > \"$INCIDENT_DIR/count\"'}]}\n"
        "  - {id: act, steps: [{id: compare, run: 'cat \"$INCIDENT_DIR/count\"'}]}\nscenarios:\n"
        "  - {id: short, phases: [look, act]}",
    ),
)
def not_yet(subject: Subject) -> Iterator[Finding]:
    """Follow each file through the whole plan, and through each scenario."""
    flow = subject.flow
    for demand in flow.demands:
        if _is_excused(demand) or demand.use.name.startswith("${SAVE}"):
            continue
        span = (demand.use.word.start, demand.use.word.end)
        doubt = demand.use.name.startswith("/")
        if not _is_there(subject, demand):
            late = next(flow.after(demand), None)
            if late is not None and late.by is not None:
                message = f"The file {shown(demand.use.name)} is read here, and written later, by {_named(late.by)}."
                hint = "Change the order of the steps."
                yield subject.in_script(demand.by, message, hint, span=span, doubt=doubt)
        for name in _scenarios_without(flow, demand):
            message = f"Scenario '{name}' leaves out the step that writes {shown(demand.use.name)}."
            hint = "Add that step to the scenario, or write the file here."
            yield subject.in_script(demand.by, message, hint, span=span, doubt=doubt)


def _is_excused(demand: Demand) -> bool:
    """Whether the script is ready for the file not to be there, or its step runs only `when` it is."""
    when = _when(demand)
    return demand.use.excused or (when is not None and demand.use.name in asked_for(when.run))


def _when(demand: Demand) -> Probe | None:
    return demand.by.step.when if demand.by.step is not None and demand.by.role == "acts" else None


def _scenarios_without(flow: Flow, demand: Demand) -> Iterator[str]:
    outside = not is_ours(demand.use.name)  # what lies outside was there before: only who writes that very file counts
    supplies = [each for each in flow.before(demand) if not outside or each.name == demand.use.name]
    if not supplies or any(supply.by is demand.by for supply in supplies):
        return
    for scenario in flow.plan.scenarios:
        if not flow.skips(scenario, demand.by) and all(flow.skips(scenario, supply.by) for supply in supplies):
            yield scenario.id


def _named(placed: object) -> str:
    step = getattr(placed, "step", None)
    return f"step '{step.id}'" if step is not None else f"'{getattr(getattr(placed, 'owner', None), 'id', '')}'"


@rule(
    "RG213",
    "A script that is run and not under `uses`",
    severity=Severity.WARNING,
    page=Page(
        what="A step runs a file of the repository that `uses` does not name.",
        why="`uses` is what a rehearsal is bound to: the file may be changed after it, and the permit stays valid for "
        "what was never tried.",
        bad="steps:\n  - {id: undo, run: ./scripts/undo.sh}",
        good="uses: [scripts/undo.sh]\nsteps:\n  - {id: undo, run: ./scripts/undo.sh}",
    ),
)
def not_under_uses(subject: Subject) -> Iterator[Finding]:
    """Look at every file that is run, each once."""
    seen: set[str] = set()
    for demand in subject.flow.demands:
        name = demand.use.name
        if not demand.use.runs or name in seen or name.startswith(("/", "..")) or "${" in name:
            continue
        if not _is_there(subject, demand):
            seen.add(name)
            span = (demand.use.word.start, demand.use.word.end)
            hint = f"Add it: `uses: [{name}]`."
            message = f"The file {name} is run, and `uses` does not name it."
            found = subject.in_script(demand.by, message, hint, span=span)
            yield replace(found, fix=Fix(path=("uses",), value=(name,), add=True))


@rule(
    "RG214",
    "What was written cannot be read that way",
    from_level=2,
    warn_from=1,
    page=Page(
        what="One command writes a file, another one reads it, and both do not fit: `pg_dump` without `-Fc` and then "
        "`pg_restore`, `pg_dump -Fc` and then `psql -f`, `docker save` and then `docker import`.",
        why="The backup is there, its checksum is right, and it cannot be restored with what stands in the plan.",
        bad="baseline:\n  - {id: database, run: 'pg_dump shop > \"$SAVE\"', save: shop.sql}\n"
        "steps:\n  - {id: restore, run: 'pg_restore -d shop \"$BASELINE/shop.sql\"'}",
        good="baseline:\n  - {id: database, run: 'pg_dump -Fc -f \"$SAVE\" shop', save: shop.dump}\n"
        "steps:\n  - {id: restore, run: 'pg_restore -d shop \"$BASELINE/shop.dump\"'}",
    ),
)
def does_not_fit_together(subject: Subject) -> Iterator[Finding]:
    """Compare the format of each file with what its reader can read; pipelines too."""
    for demand in subject.flow.demands:
        *carriers, reader = _readers(demand.use)
        readable = formats_read(reader)
        if not readable:
            continue
        formats = [carried(supply.format, carriers) for supply in subject.flow.before(demand)]
        span = (demand.use.word.start, demand.use.word.end)
        program = reader.program
        if formats and does_not_fit(formats[-1], readable):
            message = f"The file {shown(demand.use.name)} is {formats[-1]}, and {program} cannot read that."
            yield subject.in_script(demand.by, message, _mend(program), span=span)
        elif not formats and program == "pg_restore" and demand.use.name.endswith(".sql"):
            message = f"The file {shown(demand.use.name)} is SQL by its name, and pg_restore cannot read that."
            yield subject.in_script(demand.by, message, _mend(program), span=span, doubt=True)
    for placed in subject.scripts:
        yield from _piped(subject, placed)


def _readers(use: FileUse) -> tuple[Command, ...]:
    """Give the command that reads a file, behind those that only hand it on in a pipeline."""
    for number, command in enumerate(use.through):
        if not hands_on(command):
            return use.through[: number + 1]
    return (innermost(use.command),)


def _mend(program: str) -> str:
    if program == "pg_restore":
        return "Dump with `pg_dump -Fc`, or restore with `psql -v ON_ERROR_STOP=1 -f`."
    return "Read it with the program that belongs to the one that wrote it."


def _piped(subject: Subject, placed: PlanScript) -> Iterator[Finding]:
    script = placed.script
    for pipeline in script.pipelines:
        for left, right in zip(pipeline.parts, pipeline.parts[1:], strict=False):
            if len(left) == 1 and len(right) == 1:
                reader = innermost(script.commands[right.start])
                if reader.program != "pg_restore":
                    continue
                writer = innermost(script.commands[left.start])
                made = format_written(writer._replace(scope=None))
                if does_not_fit(made, formats_read(reader)):
                    message = f"The program {writer.program} writes {made}, and {reader.program} cannot read that."
                    yield subject.in_script(placed, message, _mend(reader.program), span=(reader.start, reader.end))


def _is_there(subject: Subject, demand: Demand) -> bool:
    """Tell whether something provides a file before it is read, or may do so in a way that cannot be seen."""
    name = demand.use.name
    if name.startswith(_OWN_FILES) or name in _OWN_FOLDERS or _is_used(subject, name):
        return True
    if any(subject.flow.before(demand)):
        return True
    when = _when(demand)
    denial = when if when is not None and name in asked_for(when.run, missing=True) else None
    return not name.startswith(KEPT["baseline"]) and subject.flow.mentions(name, but=denial)


def _is_used(subject: Subject, name: str) -> bool:
    """Tell whether ``uses`` names the file, a folder that it lies in, or something in it."""
    uses = subject.plan.uses
    return (
        name in uses or any(folder in uses for folder in folders(name)) or any(name in folders(used) for used in uses)
    )
