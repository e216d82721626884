"""Commands that print a number."""

from __future__ import annotations

import subprocess
from decimal import Decimal

import pytest

from rollback_gov.model.duration import Duration
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.sources.book import SourceBook
from rollback_gov.sources.interface import CommandOutcome


def bash(script: str, *, timeout: float) -> CommandOutcome:
    try:
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return CommandOutcome(exit=None, detail=f"killed after {timeout:g}s")
    return CommandOutcome(exit=done.returncode, stdout=done.stdout)


@pytest.mark.parametrize(
    ("script", "observation"),
    [
        ("echo 0.75", Value(Decimal("0.75"), 9.0)),
        ("true", NoData("the answer is empty")),
        ("echo n/a", Error("'n/a' is not a number")),
        ("echo 1; exit 3", Error("the command ended with exit code 3")),
        ("sleep 5", Error("the command did not end: killed after 0.5s")),
        ("", Error("the query has no command: give it a `run`")),
    ],
)
def test_a_command_prints_a_number(script: str, observation: Observation) -> None:
    book = SourceBook(environ={}, parameters={}, run=bash)
    assert book.read(Query(source="exec", run=script, timeout=Duration(500)), 9.0) == observation


def test_without_a_runner_nothing_runs() -> None:
    book = SourceBook(environ={}, parameters={})
    assert book.read(Query(source="exec", run="echo 1"), 9.0) == Error("commands may not be run here")
    book.run = bash
    assert book.read(Query(source="exec", run="echo 1"), 9.0) == Value(Decimal(1), 9.0)
