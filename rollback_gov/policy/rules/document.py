"""RG001 to RG009, and RG011: what the loader says of a document before any other rule is asked."""

from __future__ import annotations

from rollback_gov.policy.rule import Page, Rule

UNREADABLE = Rule(
    code="RG001",
    title="The file cannot be read",
    waivable=False,
    page=Page(
        what="The file is missing, empty, larger than 1 MiB, or not UTF-8 text; or it is a Markdown document that says "
        "nowhere that it is a plan.",
        why="What cannot be read cannot be checked, and a rollback must not depend on a guess.",
        bad="# a file saved as Latin-1, or with nothing in it",
        good="apiVersion: rollback-gov/v1\nkind: RollbackPlan\n# …",
    ),
)

SYNTAX = Rule(
    code="RG002",
    title="The file is not valid YAML",
    waivable=False,
    page=Page(
        what="The text breaks YAML's grammar: a tab in the indentation, an unclosed quote, a list in the wrong column. "
        "In a Markdown document: a block that is never closed, has no language, or stands where nothing would run it.",
        why="A parser that guesses would execute something that nobody wrote.",
        bad='metadata:\n  title: "Payment service',
        good='metadata:\n  title: "Payment service"',
    ),
)

REFUSED = Rule(
    code="RG003",
    title="A YAML construct that is refused",
    waivable=False,
    page=Page(
        what="The document uses something that is legal YAML and not allowed here: a key that stands twice, several "
        "documents in one file, a tag, an alias to itself, an alias that grows without measure, a number that "
        "cannot be kept exactly. In a Markdown document: something that is said twice, or HTML that can hide text.",
        why="Two readers of such a document can see two different plans. The one that was reviewed must be the one "
        "that runs.",
        bad="metadata:\n  level: 3\n  level: 2",
        good="metadata:\n  level: 3",
    ),
)

UNKNOWN_KEY = Rule(
    code="RG004",
    title="Unknown key",
    waivable=False,
    page=Page(
        what="The plan has a key that the format does not know, mostly a misspelt one; in a Markdown document, a "
        "section or label that is nearly one of the form's.",
        why="A key that is silently ignored is a timeout, a guard or a check that does not exist.",
        bad="steps:\n  - {id: undo, run: ./undo.sh, time_out: 2m}",
        good="steps:\n  - {id: undo, run: ./undo.sh, timeout: 2m}",
    ),
)

WRONG_VALUE = Rule(
    code="RG005",
    title="Wrong value",
    waivable=False,
    page=Page(
        what="A value has the wrong type or form, or two keys exclude one another.",
        why="Durations, numbers and ids are read once and exactly; what does not fit has no meaning.",
        bad="phases:\n  - id: Undo\n    budget: 3 minutes",
        good="phases:\n  - id: undo\n    budget: 3m",
    ),
)

MISSING = Rule(
    code="RG006",
    title="Something required is missing",
    waivable=False,
    page=Page(
        what="A key is missing without which the part of the plan has no meaning.",
        why="There is no sensible default for it.",
        bad="steps:\n  - {id: undo, timeout: 2m}",
        good="steps:\n  - {id: undo, run: ./undo.sh, timeout: 2m}",
    ),
)

DUPLICATE_ID = Rule(
    code="RG007",
    title="An id stands twice",
    waivable=False,
    page=Page(
        what="Two entries of one list have the same id.",
        why="Journals, evidence and gates name steps by their ids; with two of a name nobody knows which one ran.",
        bad="phases:\n  - {id: undo, steps: [{id: a, run: ./a.sh}]}\n  - {id: undo, steps: [{id: b, run: ./b.sh}]}",
        good="phases:\n  - {id: drain, steps: [{id: a, run: ./a.sh}]}\n  - {id: undo, steps: [{id: b, run: ./b.sh}]}",
    ),
)

UNKNOWN_REFERENCE = Rule(
    code="RG008",
    title="A name that nothing carries",
    waivable=False,
    page=Page(
        what="The plan refers to a phase, step, trigger, scenario, check, baseline entry, parameter or region that "
        "it does not have.",
        why="The reference would fail in the middle of a rollback.",
        bad="scenarios:\n  - {id: application-only, phases: [aplication]}",
        good="scenarios:\n  - {id: application-only, phases: [application]}",
    ),
)

FILE_MISSING = Rule(
    code="RG009",
    title="A file that the plan uses cannot be read",
    waivable=False,
    page=Page(
        what="A file under `uses` does not exist beside the plan or cannot be read.",
        why="The files that steps run are part of what is rehearsed and approved; one that is not there is neither.",
        bad="uses: [scripts/undo.sh]      # and there is no such file",
        good="uses: [scripts/undo.sh]      # beside this plan: scripts/undo.sh",
    ),
)

GAP = Rule(
    code="RG011",
    title="A gap that nobody answered",
    waivable=False,
    page=Page(
        what="The plan is a draft: it has entries under `gaps`, as `rollback-gov import` writes them for whatever a "
        "runbook does not say.",
        why="A rollback must not depend on what nobody decided. A plan with gaps is neither rehearsed nor executed.",
        bad="gaps:\n  - at: phases.undo.budget\n    missing: How long may 'Undo' take?\n    line: 12",
        good="phases:\n  - {id: undo, budget: 3m, steps: [{id: undo, run: ./undo.sh}]}",
    ),
)
