"""What the rehearsals that count leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rollback_gov.model.evidence import Digests, Evidence
from rollback_gov.policy.evidence import Judged, judged
from rollback_gov.policy.subject import Path, Subject

BINDING = {"triggers": "the triggers", "capture": "the captures", "point_of_no_return": "the point of no return"}
"""Sections that every rehearsal is bound to, beside the phases that it ran."""
VERIFICATION = "verification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that no rehearsal covers: the rule's code, where in the plan, a sentence and what to do."""

    code: str
    path: Path
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All rehearsals, those that count, and what they leave open. Without gaps the plan is rehearsed."""

    entries: tuple[Judged, ...]
    counting: tuple[Evidence, ...]
    gaps: tuple[Gap, ...]


def coverage(subject: Subject) -> Coverage:
    """Judge every rehearsal at the subject's level, and find what those that count leave open."""
    entries = judged(subject)
    counting = tuple(entry.evidence for entry in entries if not entry.flaws)
    if subject.digests is None:
        raise ValueError("evidence cannot be judged without the digests of today's plan")
    view = _View(subject, subject.digests, counting)
    gaps = tuple(gap for level, find in _FINDERS if subject.requirements.level >= level for gap in find(view))
    return Coverage(entries=entries, counting=counting, gaps=gaps)


class _View:
    """Rehearsals beside the plan of today."""

    def __init__(self, subject: Subject, today: Digests, counting: tuple[Evidence, ...]) -> None:
        self.subject = subject
        self.plan = subject.plan
        self.today = today
        self.counting = counting
        self.phases = {f"phases/{phase.id}": phase for phase in subject.plan.phases}
        self.recovery = {f"recovery/{phase.id}": phase for phase in subject.plan.recovery}
        self.items = [*self.phases, *self.recovery, VERIFICATION]
        self.current = [evidence for evidence in counting if self.is_current(evidence)]
        """Those whose every part is still the same."""

    @property
    def whole(self) -> list[Evidence]:
        """Those of the whole plan that still say something of today's: at level 4 nothing may have changed since."""
        runs = [evidence for evidence in self.counting if not evidence.scenario and not evidence.forward_fix]
        if self.subject.requirements.level >= 4:
            return [evidence for evidence in runs if self.is_current(evidence)]
        return [evidence for evidence in runs if any(self.covers(evidence, item) for item in self.phases)]

    def is_current(self, evidence: Evidence) -> bool:
        """Tell whether all that it ran is what the plan says today."""
        parts = (*evidence.order, VERIFICATION)
        return not self.changed_context(evidence) and all(self.same(evidence, part) for part in parts)

    def same(self, evidence: Evidence, item: str) -> bool:
        """Compare one phase, or the verification, with today's."""
        then, now = evidence.digests, self.today
        if item == VERIFICATION:
            return then.sections.get(item) == now.sections.get(item)
        return then.phases.get(item) == now.phases.get(item) is not None

    def changed_context(self, evidence: Evidence) -> list[str]:
        """Name the sections and files, other than phases, that differ from today's."""
        then, now = evidence.digests, self.today
        sections = [name for key, name in BINDING.items() if then.sections.get(key) != now.sections.get(key)]
        names = sorted({*then.files, *now.files})
        return sections + [f"file '{name}'" for name in names if then.files.get(name) != now.files.get(name)]

    def covers(self, evidence: Evidence, item: str) -> bool:
        """Tell whether it ran all of that phase as it is today, in today's surroundings."""
        if not self.same(evidence, item) or self.changed_context(evidence):
            return False
        return item == VERIFICATION or (item in evidence.order and self._ran_whole(evidence, item))

    def _ran_whole(self, evidence: Evidence, item: str) -> bool:
        """A scenario may select steps, and a person may skip some; one whole way through the phase must have run."""
        phase = self.phases.get(item) or self.recovery[item]
        ran = {step.step for step in evidence.steps if step.result != "skipped"}
        stems = [(f"{item}/{way.id}" if way.id else item, way.steps) for way in phase.ways]
        return any(all(_known(f"{stem}/{step.id}", ran) for step in steps) for stem, steps in stems)


def _changed(view: _View) -> Iterator[Gap]:
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


def _full_run(view: _View) -> Iterator[Gap]:
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


def _kinds(view: _View) -> Iterator[Gap]:
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


def _automatic(view: _View) -> Iterator[Gap]:
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


def _scenarios(view: _View) -> Iterator[Gap]:
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


def _participants(view: _View) -> Iterator[Gap]:
    """Somebody has to have been there."""
    if not any(evidence.participants for evidence in view.counting):
        yield Gap(
            code="RG410",
            path=("rehearsal",),
            message="Nobody took part in any rehearsal that counts.",
            hint="Name those who take part when you rehearse.",
        )


def _acknowledged(view: _View) -> Iterator[Gap]:
    """Stakeholders, or whoever took part where the plan names none."""
    wanted = view.plan.communication.stakeholders or _all(evidence.participants for evidence in view.counting)
    done = _all(evidence.acknowledged for evidence in view.counting)
    missing = [name for name in wanted if name not in done]
    if missing:
        yield Gap(
            code="RG411",
            path=("communication", "stakeholders"),
            message=f"The rehearsal was not acknowledged by: {', '.join(missing)}.",
            hint="Let them acknowledge it, and record that when you rehearse.",
        )


def _regions(view: _View) -> Iterator[Gap]:
    """Every region of today's plan."""
    order = view.plan.regions.order if view.plan.regions else ()
    done = {evidence.region for evidence in view.current}
    for number, name in enumerate(order):
        if name not in done:
            yield Gap(
                code="RG407",
                path=("regions", "order", number),
                message=f"The rollback of region '{name}' was not rehearsed as it is today.",
                hint=f"Rehearse with `--region {name}`.",
            )


def _forward_fix(view: _View) -> Iterator[Gap]:
    """The way out when there is no way back."""
    wanted = {f"forward_fix/{phase.id}" for phase in view.plan.forward_fix}
    done = any(evidence.forward_fix and wanted <= set(evidence.order) for evidence in view.current)
    if wanted and not done:
        yield Gap(
            code="RG415",
            path=("point_of_no_return", "forward_fix"),
            message="The forward fix was not rehearsed as it is today.",
            hint="Rehearse past the point of no return.",
        )


def _all(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _known(step: str, ran: set[str]) -> bool:
    """Records name a step with its section (``phases/drain/weight``) or without."""
    return step in ran or step.partition("/")[2] in ran


def _named(item: str) -> str:
    return "the verification" if item == VERIFICATION else f"phase '{item.partition('/')[2]}'"


def _path(view: _View, item: str) -> Path:
    section = item.partition("/")[0]
    if item == VERIFICATION:
        return (section,)
    return section, list(view.phases if section == "phases" else view.recovery).index(item), "id"


_FINDERS: tuple[tuple[int, Callable[[_View], Iterator[Gap]]], ...] = (
    (2, _changed),
    (2, _full_run),
    (2, _kinds),
    (3, _automatic),
    (3, _scenarios),
    (3, _participants),
    (4, _acknowledged),
    (4, _regions),
    (4, _forward_fix),
)
