from __future__ import annotations

from collections.abc import Callable

import pytest

from rollback_gov.execution.contacts import contacts_of, in_words
from rollback_gov.model.duration import Duration
from rollback_gov.model.environment import Environment
from rollback_gov.model.people import CallWhen, Contact
from tests.execution.conftest import Stage

Make = Callable[..., Stage]
BODY = "phases: [{id: one, steps: [{id: a, run: x}]}]\n"
PLAN = BODY + "contacts: [{role: DBA, reach: the pager, when: {after: 10m}}, {role: Head, reach: a phone}]\n"


def test_the_environment_knows_better_whom_a_role_means(stage: Make) -> None:
    theirs = (
        Contact(role="DBA", reach="dba-staging"),
        Contact(role="Head", reach="desk", when=CallWhen(case="never")),
        Contact(role="Guard", reach="the door"),
    )
    plan = stage(PLAN).plan
    assert contacts_of(plan, Environment(class_="staging", contacts=theirs)) == (
        Contact(role="DBA", reach="dba-staging", when=CallWhen(after=Duration(600_000))),
        Contact(role="Head", reach="desk", when=CallWhen(case="never")),
        Contact(role="Guard", reach="the door"),
    )
    assert contacts_of(plan, None) == plan.contacts


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (None, "DBA: the pager"),
        (CallWhen(case="data is lost"), "DBA: the pager (data is lost)"),
        (CallWhen(after=Duration(600_000)), "DBA: the pager (after 10m)"),
        (CallWhen(after=Duration(600_000), while_="failed"), "DBA: the pager (after 10m of failure)"),
        (CallWhen(while_="running"), "DBA: the pager"),
    ],
)
def test_a_contact_in_words(when: CallWhen | None, words: str) -> None:
    assert in_words([Contact(role="DBA", reach="the pager", when=when)]) == words


def test_several_in_words() -> None:
    assert in_words([Contact(role="A", reach="1"), Contact(role="B", reach="2")]) == "A: 1; B: 2"
