"""The expanding notation, and promtool's own reading of the same texts."""

from __future__ import annotations

import json
import random
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.triggers.cases.notation import MOST_SAMPLES, NotationError, expand
from tests.conftest import need


def short(samples: tuple[Observation, ...]) -> list[str]:
    """Values as numbers, no data as ``-``, errors as ``!``."""
    return [
        format_number(seen.number) if isinstance(seen, Value) else "!" if isinstance(seen, Error) else "-"
        for seen in samples
    ]


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("", []),
        ("5", ["5"]),
        ("1 2\n 3", ["1", "2", "3"]),
        ("0x3", ["0", "0", "0", "0"]),
        ("0+1x3", ["0", "1", "2", "3"]),
        ("1-0.1x3", ["1", "0.9", "0.8", "0.7"]),
        ("-2+4x2", ["-2", "2", "6"]),
        ("1e3x1 2.5E-1 .5 +3", ["1000", "1000", "0.25", "0.5", "3"]),
        ("_", ["-"]),
        ("_x3 1", ["-", "-", "-", "1"]),
        ("_x0 1", ["1"]),
        ("7x0", ["7"]),
        ("stale NaN Inf -Inf", ["-", "-", "-", "-"]),
        ("stalex1 error errorx2", ["-", "-", "!", "!", "!", "!"]),
    ],
)
def test_a_text_is_a_series(text: str, samples: list[str]) -> None:
    assert short(expand(text)) == samples


def test_what_is_no_number_says_so() -> None:
    assert expand("_ stale NaN error") == (
        NoData("no sample"),
        NoData("the series is stale"),
        NoData("NaN is no number"),
        Error("the source fails"),
    )


def test_steps_are_exact() -> None:
    assert expand("0+0.1x10")[-1] == Value(Decimal(1))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("1 stael", (2, 7), "'stael' is no part of a series. Did you mean 'stale'?"),
        ("1 2 errror", (4, 10), "Did you mean 'error'?"),
        ("inf", (0, 3), "Did you mean 'Inf'?"),
        ("1x", (0, 2), "'1x' is no part of a series. Write such as"),
        ("1+2", (0, 3), "'1+2' does not say how often: write 1+2x10."),
        ("stale+1x3", (0, 9), "'stale+1' adds to what is no number."),
        ("1 + 2", (2, 3), "'+' is no part"),
        ("0x100000", (0, 8), f"longer than {MOST_SAMPLES} samples"),
        ("0x60000 0x60000", (8, 15), "longer than"),
        ("0x99999999999999999999", (0, 22), "longer than"),
    ],
)
def test_what_is_no_series_is_told_at_its_word(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(NotationError) as caught:
        expand(text)
    assert said in str(caught.value)
    assert (caught.value.start, caught.value.end) == place


def generated(seed: int) -> str:
    """A series of a dozen words."""
    chance = random.Random(seed)

    def word() -> str:
        number = chance.choice(["0", "1", "-3", "0.5", "12", "1e2", "2.25"])
        step = chance.choice("+-") + chance.choice(["1", "0.5", "3"])
        times = f"x{chance.randrange(4)}"
        without = chance.choice(["_", "stale", "NaN", "Inf", "-Inf"])
        return chance.choice([number, number + times, number + step + times, without, f"_{times}"])

    return " ".join(word() for _ in range(12))


def test_promtool_reads_the_same(tmp_path: Path) -> None:
    """Ten minutes lie between two samples, so that none is seen longer than its own: promtool looks back five."""
    need("promtool")
    tests: list[dict[str, Any]] = []
    for seed in range(40):
        text = generated(seed)
        expected = [
            {
                "expr": "x == x and abs(x) < Inf",
                "eval_time": f"{10 * index}m",
                "exp_samples": [{"labels": "x", "value": float(seen.number)}] if isinstance(seen, Value) else [],
            }
            for index, seen in enumerate((*expand(text), NoData("the end")))
        ]
        series = [{"series": "x", "values": text}]
        tests.append({"interval": "10m", "input_series": series, "promql_expr_test": expected})
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(len(test["promql_expr_test"]) for test in tests) > 500
