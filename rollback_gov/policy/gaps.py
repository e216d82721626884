"""What the rehearsals that count leave open, one function a demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rollback_gov.model.evidence import Evidence
from rollback_gov.model.record import Record
from rollback_gov.policy.rehearsed import VERIFICATION, Rehearsed
from rollback_gov.policy.subject import Path


class Gap(Record):
    """Something that no rehearsal covers: the rule's code, where in the plan, a sentence and what to do."""

    code: str
    path: Path
    message: str
    hint: str


def find_gaps(view: Rehearsed) -> tuple[Gap, ...]:
    """Ask for everything that the level demands."""
    return tuple(gap for level, find in _FINDERS if view.subject.requirements.level >= level for gap in find(view))


def _changed(view: Rehearsed) -> Iterator[Gap]:
    """Phases that no rehearsal covers as they are today."""
    uncovered = [item for item in view.items if not any(view.covers(evidence, item) for evidence in view.counting)]
    if not uncovered or not view.counting:
        return
    last = next((evidence for evidence in view.counting if not evidence.scenario), view.counting[0])
    known = {path for evidence in view.counting for path in evidence.order}
    parts = [_named(item) for item in uncovered if item in (*last.order, VERIFICATION) and not view.same(last, item)]
    parts += view.changed_context(last)
    never = [_named(item) for item in uncovered if item != VERIFICATION and item not in known]
    since = f"{', '.join(parts)} changed since the rehearsal of {last.finished[:10]}" if parts else ""
    missing = f"{', '.join(never)} {'was' if len(never) == 1 else 'were'} never rehearsed" if never else ""
    apart = f"no rehearsal covers {', '.join(map(_named, uncovered))} as it is today"
    text = " and ".join(part for part in (since, missing) if part) or apart
    yield Gap(
        code="RG402",
        path=_path(view, uncovered[0]),
        message=f"{text[0].upper()}{text[1:]}.",
        hint="Rehearse again; at levels 2 and 3 it is enough to rehearse what changed.",
    )


def _full_run(view: Rehearsed) -> Iterator[Gap]:
    """One run must have had all phases in today's order; at level 4 exactly as they are today."""
    wanted = list(view.phases)
    candidates = view.current if view.subject.requirements.level >= 4 else view.counting
    if not any(_is_full(evidence, wanted) for evidence in candidates):
        strict = " exactly as they are today" if view.subject.requirements.level >= 4 else ""
        names = ", ".join(path.partition("/")[2] for path in wanted)
        yield Gap(
            code="RG417",
            path=("phases",),
            message=f"No rehearsal that counts ran all phases in this order{strict}: {names}.",
            hint="Rehearse the whole plan, without a scenario.",
        )


def _is_full(evidence: Evidence, wanted: list[str]) -> bool:
    ran = [path for path in evidence.order if path.startswith("phases/")]
    return not evidence.scenario and not evidence.forward_fix and ran == wanted


def _kinds(view: Rehearsed) -> Iterator[Gap]:
    """Each kind that the level demands; at level 2 a production-like test is worth more than the one in staging."""
    there = {evidence.kind for evidence in view.whole}
    level = view.subject.requirements.level
    for kind in view.subject.requirements.kinds:
        stronger = level == 2 and kind == "staging-test" and "production-like-test" in there
        if kind not in there and not stronger:
            where = kind.removesuffix("-test")
            yield Gap(
                code="RG408",
                path=("metadata", "level"),
                message=f"Level {level} needs a rehearsal in a {where} environment, and none counts.",
                hint=f"Run `rollback-gov rehearse` in an environment of class {where}.",
            )


def _automatic(view: Rehearsed) -> Iterator[Gap]:
    """Once a trigger has to have started it, because of a failure that was injected."""
    if not any(
        evidence.kind == "production-like-test" and evidence.triggered == "automatic" for evidence in view.whole
    ):
        yield Gap(
            code="RG409",
            path=("rehearsal",),
            message="No rehearsal in a production-like environment was started by a trigger.",
            hint="Rehearse there with `rehearsal.simulate_failure`, and let the trigger start the rollback.",
        )


def _scenarios(view: Rehearsed) -> Iterator[Gap]:
    """Every scenario that a full rehearsal covers."""
    rehearsal = view.plan.rehearsal
    wanted = rehearsal.scenarios if rehearsal and rehearsal.scenarios else None
    for number, scenario in enumerate(view.plan.scenarios):
        done = any(evidence.scenario == scenario.id for evidence in view.current)
        if not done and (wanted is None or scenario.id in wanted):
            yield Gap(
                code="RG406",
                path=("scenarios", number, "id"),
                message=f"Scenario '{scenario.id}' was not rehearsed as it is today.",
                hint=f"Rehearse with `--scenario {scenario.id}`.",
            )


def _proof(view: Rehearsed) -> Iterator[Gap]:
    """Each trigger was shown to fire and to stay quiet, as it is today."""
    if not view.plan.triggers:
        return
    proofs = [(evidence.finished, evidence.trigger_proof) for evidence in view.counting if evidence.trigger_proof]
    today = view.today.sections.get("triggers")
    newest = next((proof for _, proof in proofs if proof.triggers == today), None)
    if newest is None:
        since = f"The proof of {proofs[0][0][:10]} is older than the triggers" if proofs else ""
        message = f"{since or 'No rehearsal that counts proves that the triggers can fire'}."
        yield Gap(
            code="RG420", path=("triggers",), message=message, hint="Rehearse again; it proves the triggers, too."
        )
    for problem in newest.problems if newest else ():
        yield Gap(
            code="RG420",
            path=("triggers",),
            message=f"The proof fails for {problem}.",
            hint="See `rollback-gov triggers prove`, mend it, and rehearse again.",
        )


def _participants(view: Rehearsed) -> Iterator[Gap]:
    """Somebody has to have been there."""
    if not any(evidence.participants for evidence in view.counting):
        yield Gap(
            code="RG410",
            path=("rehearsal",),
            message="Nobody took part in any rehearsal that counts.",
            hint="Rehearse with `--participant NAME`.",
        )


def _acknowledged(view: Rehearsed) -> Iterator[Gap]:
    """Stakeholders, or whoever took part where the plan names none.

    Who has seen how the plan of last month was rolled back has not seen today's.
    """
    wanted = view.plan.communication.stakeholders or _all(evidence.participants for evidence in view.counting)
    done = {_folded(name) for evidence in view.current for name in evidence.acknowledged}
    missing = [name for name in wanted if _folded(name) not in done]
    if missing:
        yield Gap(
            code="RG411",
            path=("communication", "stakeholders"),
            message=f"The rehearsal was not acknowledged by: {', '.join(missing)}.",
            hint="Let them see it, and say so with their own key: `rollback-gov evidence acknowledge PLAN --key FILE`.",
        )


def _regions(view: Rehearsed) -> Iterator[Gap]:
    """Every region of today's plan."""
    order = view.plan.regions.order if view.plan.regions else ()
    done = {evidence.region for evidence in view.current}
    for number, name in enumerate(order):
        if name not in done:
            yield Gap(
                code="RG407",
                path=("regions", "order", number),
                message=f"The rollback of region '{name}' was not rehearsed as it is today.",
                hint="Rehearse it with the parameters of that region.",
            )


def _forward_fix(view: Rehearsed) -> Iterator[Gap]:
    """The way out when there is no way back."""
    wanted = {f"forward_fix/{phase.id}" for phase in view.plan.forward_fix}
    done = any(evidence.forward_fix and wanted <= set(evidence.order) for evidence in view.current)
    if wanted and not done:
        yield Gap(
            code="RG415",
            path=("point_of_no_return", "forward_fix"),
            message="The forward fix was not rehearsed as it is today.",
            hint="Rehearse in an environment that is past the point of no return; then the forward fix runs.",
        )


def _all(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _folded(name: str) -> str:
    """Give a name as names are compared: `Team` and `team` are one."""
    return " ".join(name.split()).casefold()


def _named(item: str) -> str:
    return "the verification" if item == VERIFICATION else f"phase '{item.partition('/')[2]}'"


def _path(view: Rehearsed, item: str) -> Path:
    section = item.partition("/")[0]
    if item == VERIFICATION:
        return (section,)
    return section, list(view.phases if section == "phases" else view.recovery).index(item), "id"


_FINDERS: tuple[tuple[int, Callable[[Rehearsed], Iterator[Gap]]], ...] = (
    (2, _changed),
    (2, _full_run),
    (2, _kinds),
    (3, _automatic),
    (3, _scenarios),
    (3, _proof),
    (3, _participants),
    (4, _acknowledged),
    (4, _regions),
    (4, _forward_fix),
)
