"""RG501 to RG509, without RG502: what is said of waivers, and of a branch that changes its own gate.

They are about the files under ``.rollback-gov``, not about one plan; ``policy.governance`` finds them.
"""

from __future__ import annotations

from rollback_gov.model.finding import Severity
from rollback_gov.policy.rule import Page, Rule

_WAIVER = """\
waivers:
  - rule: RG105
    operation: op-7
    step: phases/undo/undo
    reason: The tool needs five minutes until it is replaced.
    owner: payments
    approved_by: Ada
    created: "2026-01-01"
    expires: "2026-01-31\""""


EXPIRED = Rule(
    code="RG501",
    title="A waiver has expired",
    severity=Severity.WARNING,
    waivable=False,
    page=Page(
        what="The last day of a waiver has passed. What it accepted weighs again what it weighs.",
        why="A waiver is a promise to mend something by a day, and the day has come.",
        bad=_WAIVER.replace("2026", "2024") + "      # in the past",
        good=_WAIVER,
    ),
)

UNUSED = Rule(
    code="RG503",
    title="A waiver accepts nothing",
    severity=Severity.WARNING,
    waivable=False,
    page=Page(
        what="No finding matches the waiver's rule, operation and step. Only said where the plans that it could be "
        "about were checked.",
        why="What was mended needs no waiver, and one that lies about would accept the mistake when it comes back.",
        bad="# the step phases/undo/undo asks nothing any more\n" + _WAIVER,
        good="waivers: []",
    ),
)

MALFORMED = Rule(
    code="RG504",
    title="A waiver is malformed",
    waivable=False,
    page=Page(
        what="waivers.yaml cannot be read, an entry breaks its schema, a date is none of the calendar or lies in the "
        "future, or there is no such rule. The entry does not count; the others do.",
        why="What cannot be understood accepts nothing.",
        bad=_WAIVER.replace("2026-01-31", "2026-02-30"),
        good=_WAIVER,
    ),
)

TOO_LONG = Rule(
    code="RG505",
    title="A waiver is to live too long",
    waivable=False,
    page=Page(
        what="From `created` to `expires` is longer than the level of the plan allows: 90 days at level 2, 30 at "
        "level 3, 14 at level 4, or what the policy says under `waiver_longest`. It does not count.",
        why="Whoever accepts something for ever has changed the rules without saying so.",
        bad=_WAIVER.replace("2026-01-31", "2027-01-01"),
        good=_WAIVER,
    ),
)

SELF_APPROVED = Rule(
    code="RG506",
    title="A waiver is approved by its owner",
    waivable=False,
    page=Page(
        what="`approved_by` and `owner` are the same. The waiver does not count.",
        why="Two people have to agree that something is acceptable.",
        bad=_WAIVER.replace("Ada", "payments"),
        good=_WAIVER,
    ),
)

NOT_WAIVABLE = Rule(
    code="RG507",
    title="A waiver for a rule that cannot be waived",
    waivable=False,
    page=Page(
        what="The rule is about integrity: whether a document can be read at all, whether evidence is genuine and "
        "about this plan, whether waivers are in order. Such rules cannot be waived.",
        why="Accepting a plan that nobody can read, or a signature that nobody can verify, accepts anything.",
        bad=_WAIVER.replace("RG105", "RG413"),
        good=_WAIVER,
    ),
)

EXPIRING = Rule(
    code="RG508",
    title="A waiver expires soon",
    severity=Severity.NOTICE,
    waivable=False,
    page=Page(
        what="The waiver ends within fourteen days.",
        why="There is still time to mend what it accepts.",
        bad="# today is 2026-01-25\n" + _WAIVER,
        good=_WAIVER,
    ),
)

CHANGED = Rule(
    code="RG509",
    title="This branch changes its own gate",
    severity=Severity.WARNING,
    waivable=False,
    page=Page(
        what="With `--policy-from REF` the policy, the trusted keys and the waivers come from that ref, and this "
        "branch has others. They do not count until they are merged.",
        why="A pull request must not be able to switch its own gate off, and reviewers must see that it changes it.",
        bad="# .rollback-gov/policy.yaml in the branch, and not in the base\nevidence: warning",
        good="# .rollback-gov/policy.yaml as it is in the base\nevidence: error",
    ),
)
