"""A plan against all rules: the findings at the level that is required, and the level that is achieved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rollback_gov.model.finding import Finding, Place, Severity
from rollback_gov.model.record import Record
from rollback_gov.policy.custom import all_rules
from rollback_gov.policy.levels import LEVELS, requirements
from rollback_gov.policy.rule import Rule
from rollback_gov.policy.subject import Subject

if TYPE_CHECKING:
    from rollback_gov.model.waiver import Waiver


class RuleCrashed(Exception):  # noqa: N818 - says what happened; never a pass
    """A rule raised instead of judging: a defect of the rule, and no verdict about the plan."""


class Report(Record):
    """What the rules say. Levels are 1 to 4; ``achieved`` is 0 where not even level 1 is met."""

    findings: tuple[Finding, ...]
    required: int
    achieved: int
    between: tuple[str, ...] = ()
    """Codes of the rules that must pass before the required level is achieved."""
    repeated: tuple[Finding, ...] = ()
    """What was found for other steps too, at the same place and in the same words as one of the findings."""


def check(subject: Subject) -> Report:
    """Ask every rule in force. Findings are sorted by place.

    Raises RuleCrashed that names the rule.
    """
    judgements = _Judgements(subject)
    required = subject.requirements.level
    found = (finding for rule in judgements.rules for finding in judgements.findings(rule, required))
    findings = sorted(found, key=lambda finding: (finding.place, finding.code, finding.message))
    broken = {level: judgements.errors(level) for level in LEVELS}
    achieved = next((level - 1 for level in LEVELS if broken[level]), LEVELS[-1])
    once, repeated = _each_once(judgements.accepted(findings))
    return Report(
        findings=once,
        repeated=repeated,
        required=required,
        achieved=achieved,
        between=broken[required] if achieved < required else (),
    )


def _each_once(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Say once what several steps bring to light in one script that all of them call. One that no waiver accepts stays.

    Gives those that stay, and the others. They are of the same rule, place and sentence.
    """
    found: dict[tuple[str, Place, str], Finding] = {}
    repeated: list[Finding] = []
    for finding in findings:
        key = (finding.code, finding.place, finding.message)
        known = found.setdefault(key, finding)
        if known is not finding:
            is_new = known.waived is not None and finding.waived is None
            found[key], other = (finding, known) if is_new else (known, finding)
            repeated.append(other)
    return tuple(found.values()), tuple(repeated)


class _Judgements:
    """What each rule says at each level. A rule is asked once, unless the level's numbers change its answer."""

    def __init__(self, subject: Subject) -> None:
        by_code = all_rules(subject.policy)
        self.rules = tuple(by_code.values())
        self.waivers = _living(subject, by_code) if subject.waivers else ()
        self._at = {subject.requirements.level: subject}
        self._subject = subject
        self._is_lenient = subject.purpose == "validate" and subject.policy.evidence == "warning"
        self._errors = tuple(rule for rule in self.rules if self._weigh(rule, rule.severity) is Severity.ERROR)
        self._known: dict[tuple[str, int], tuple[Finding, ...]] = {}

    def findings(self, rule: Rule, level: int) -> tuple[Finding, ...]:
        """Give the rule's findings with their weight at that level; none where it is not in force."""
        severity = rule.severity_at(level)
        found = () if severity is None else self._ask(rule, level)
        if severity is None or not found:
            return ()
        weight = self._weigh(rule, severity)
        return tuple(replace(finding, code=rule.code, severity=_weaker(weight, finding)) for finding in found)

    def errors(self, level: int) -> tuple[str, ...]:
        """Give the codes of the rules that are broken at that level with the weight of an error."""
        return tuple(rule.code for rule in self._errors if rule.from_level <= level and self._is_broken(rule, level))

    def accepted(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Give the findings with those marked that a waiver accepts."""
        if not self.waivers:
            return findings
        from rollback_gov.policy.waivers import accept

        return accept(findings, self.waivers)

    def _weigh(self, rule: Rule, severity: Severity) -> Severity:
        lenient = severity is Severity.ERROR and self._is_lenient and rule.about_evidence
        return Severity.WARNING if lenient else severity

    def _is_broken(self, rule: Rule, level: int) -> bool:
        asked = self._ask(rule, level)
        if not asked:
            return False
        found = [finding for finding in asked if finding.severity is Severity.ERROR]
        if not found or not self.waivers:
            return bool(found)
        ordered = sorted((replace(finding, code=rule.code) for finding in found), key=lambda finding: finding.place)
        return any(finding.waived is None for finding in self.accepted(ordered))

    def _ask(self, rule: Rule, level: int) -> tuple[Finding, ...]:
        key = (rule.code, level if rule.per_level else 0)
        if key not in self._known:
            self._known[key] = _ask(rule, self._subject_at(level) if rule.per_level else self._subject)
        return self._known[key]

    def _subject_at(self, level: int) -> Subject:
        if level not in self._at:
            self._at[level] = self._subject.under(requirements(level, self._subject.policy))
        return self._at[level]


def _living(subject: Subject, by_code: Mapping[str, Rule]) -> tuple[Waiver, ...]:
    from rollback_gov.policy.waivers import living

    longest = subject.requirements.waiver_longest
    return tuple(living(subject.waivers, today=subject.today, longest=longest, rules=by_code))


def _weaker(severity: Severity, finding: Finding) -> Severity:
    """A finding about which its rule is not sure is never an error."""
    return Severity.WARNING if severity is Severity.ERROR and finding.severity is Severity.WARNING else severity


def _ask(rule: Rule, subject: Subject) -> tuple[Finding, ...]:
    if rule.judge is None:
        return ()
    try:
        return tuple(rule.judge(subject))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RuleCrashed(f"Rule {rule.code} crashed on {subject.loaded.source.name} ({reason}).") from error
