"""No text crashes a rule: generated bash, and scripts that nobody here wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.model.finding import Finding
from rollback_gov.policy.check import check
from rollback_gov.policy.shell.reader import read_script
from rollback_gov.policy.shell.script import UNREAD
from tests.growth import seconds, takes_no_square
from tests.policy.real_scripts import real_scripts
from tests.policy.runbooks import plan_of
from tests.policy.subjects import subject
from tests.thoroughness import examples

_WORDS = """
kubectl docker psql pg_restore redis-cli FLUSHALL git checkout HEAD~1 rm -rf / - -- -t -it exec sudo timeout 30 env
xargs bash -c ssh find -exec ; {} ! tail -f sleep infinity 90 while true do done if then fi else case in esac ) ( || &&
| & > >> < << <<< EOF 2>&1 $( ` ' " $X ${X} ${X:-y} ${X[@]} $1 $? $(( )) [[ ]] [ ] { } function f() read cd export X=1
X=$(date) # \\ * ? ~ = @ é 🚀 for x {1..6} $(seq 3) terraform.tfstate -p --drop cp a/b ./c ../d "$BASELINE/x" curl -u
a:b http://a:secret@b trap set +e +u
"""
WORDS = st.sampled_from([*_WORDS.split(), "\n", "\t", "\\\n", "EOF\n", "\x00"])
SCRIPTS = st.lists(WORDS, max_size=30).map(" ".join)


@given(SCRIPTS)
@settings(max_examples=examples(200))
def test_generated_bash(text: str) -> None:
    script = read_script(text)

    for command in script.runs:
        assert 0 <= command.start <= command.end <= len(text) + 1
    loaded = plan_of([text.replace("\x00", "") or ":", "echo $X"])
    if loaded.plan is not None:
        check(subject(loaded=loaded, plan=loaded.plan))


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    script = read_script(text)

    assert all(0 <= word.start <= word.end <= len(text) + 1 for command in script.commands for word in command.words)


OPENED = ["(", "$(", "{ ", "if x; then ", "f() { ", '"$(', "${a:-", "`", "<(", "[[ ( ", "a && ", "a | ", "! "]


@pytest.mark.parametrize("opened", OPENED)
def test_nesting_that_nobody_writes(opened: str) -> None:
    assert read_script(opened * 2000).text.startswith(opened)


def test_hundreds_of_real_scripts() -> None:
    texts = list(real_scripts(200).values())
    if len(texts) < 200:
        pytest.skip(f"this machine has {len(texts)} shell scripts")

    for start in range(0, 200, 20):
        loaded = plan_of(texts[start : start + 20])
        check(subject(loaded=loaded, plan=loaded.require()))
    assert sum(bool(read_script(text).commands) for text in texts) > 0.95 * len(texts)


@pytest.mark.parametrize("piece", ["<", "<<", "a=(", "f() ", "$[", "))", "a | "])
def test_garbage_is_given_up_on(piece: str) -> None:
    script = read_script(piece * 100_000)

    assert not script.runs
    assert [fault.missing for fault in script.faults] == [UNREAD]
    assert {finding.code for finding in _findings(piece * 10_000)} >= {"RG200"}


def test_a_longer_script_takes_no_square_of_the_time() -> None:
    takes_no_square(lambda lines: seconds(lambda: _assignments("a=$X/$Y.z\n" * lines)), 16_000)


def _assignments(text: str) -> None:
    assert read_script(text).assignments


def _findings(text: str) -> tuple[Finding, ...]:
    loaded = plan_of([text])
    return check(subject(loaded=loaded, plan=loaded.require())).findings


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        ('rm -rf "$X"/\n', 1600),
        ("set +e\n", 1600),
        ("cd a\ncat b\n", 1600),
        pytest.param("make x || true || ", 2000, marks=pytest.mark.slow),
        pytest.param("kubectl get pods\n", 1600, marks=pytest.mark.slow),
        pytest.param("set +e\nset -e\n", 1600, marks=pytest.mark.slow),
    ],
)
def test_no_rule_takes_the_square_of_the_time(piece: str, count: int) -> None:
    takes_no_square(lambda pieces: seconds(lambda: _findings(f"{piece * pieces}x\n")), count)
