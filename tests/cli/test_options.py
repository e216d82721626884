"""What options that several commands share make of their words."""

from __future__ import annotations

import click
import pytest

from rollback_gov.cli.options import pairs


def test_pairs_are_names_and_values() -> None:
    context, parameter = click.Context(click.Command("x")), click.Option(["--param"])
    assert pairs(context, parameter, ("A=1", "B=x=y", "C=")) == {"A": "1", "B": "x=y", "C": ""}
    for wrong in ("A", "=1"):
        with pytest.raises(click.BadParameter, match="is not NAME=VALUE"):
            pairs(context, parameter, (wrong,))


def test_pairs_that_contradict_each_other_are_refused() -> None:
    """Which of the two was meant nobody knows. Neither is repeated: it may be a secret."""
    context, parameter = click.Context(click.Command("x")), click.Option(["--param"])
    assert pairs(context, parameter, ("A=1", "B=2", "A=1")) == {"A": "1", "B": "2"}
    with pytest.raises(click.BadParameter, match="'A' is given twice, with different values") as refused:
        pairs(context, parameter, ("A=tr0ub4dor", "B=2", "A=hunter2"))
    assert "tr0ub4dor" not in refused.value.message
    assert "hunter2" not in refused.value.message
