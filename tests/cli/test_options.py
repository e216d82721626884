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
