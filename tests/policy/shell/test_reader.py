"""What a script says, as data."""

from __future__ import annotations

import pytest

from rollback_gov.policy.shell.reader import read_script
from rollback_gov.policy.shell.script import Command, Script


def names(text: str) -> list[str]:
    return [command.name for command in read_script(text).runs]


def only(text: str, program: str) -> Command:
    (command,) = read_script(text).by_program[program]
    return command


def values(command: Command) -> list[str]:
    return [word.value for word in command.words]


def said(script: Script, start: int, end: int) -> str:
    return script.text[start:end]


WORDS = {
    "echo a 'b c' \"d e\" f\\ g": ["echo", "a", "b c", "d e", "f g"],
    'echo "$X/y" ${X}z \'$X\' "\\$X"': ["echo", "${X}/y", "${X}z", "$X", "$X"],
    "echo a'b'\"c\"$'d\\te' $'\\x41\\101\\u00e9'": ["echo", "abcd\te", "AAé"],
    'echo "a\\\nb" c': ["echo", "ab", "c"],
    "echo ${X:-y} $(date +%s) `id`": ["echo", "${X:-y}", "$(date +%s)", "`id`"],
    'echo "  $X  " "$X $Y"': ["echo", "  ${X}  ", "${X} ${Y}"],
    "echo {1..6} *.log $((1 + X)) é🚀 x": ["echo", "{1..6}", "*.log", "$((1 + X))", "é🚀", "x"],
    'echo "a \\"b\\" $X"': ["echo", 'a "b" ${X}'],
    "/usr/bin/env.d/tool --x=1": ["/usr/bin/env.d/tool", "--x=1"],
}


@pytest.mark.parametrize("text", WORDS)
def test_words_without_their_quotes(text: str) -> None:
    command = next(command for command in read_script(text).commands if command.name in (WORDS[text][0], "echo"))

    assert values(command) == WORDS[text]


def test_every_word_stands_where_it_says() -> None:
    script = read_script("echo é🚀 'b c' \"$X\" $(date +%s)")

    assert [said(script, word.start, word.end) for word in script.by_program["echo"][0].words] == [
        "echo",
        "é🚀",
        "'b c'",
        '"$X"',
        "$(date +%s)",
    ]


def test_a_word_is_literal_where_nothing_of_it_comes_from_elsewhere() -> None:
    command = only("cp a 'b $X' \"$X\" $(ls) *.x {1..3} $((1))", "cp")

    assert [word.literal for word in command.words] == [True, True, True, False, False, True, True, False]


def test_a_program_is_known_by_its_last_part() -> None:
    assert only("/usr/bin/psql -c x", "psql").name == "/usr/bin/psql"
    assert only('"$TOOL" --now', "").name == ""


KINDS = {
    "if a; then x; elif b; then c; else d; fi": ("x", ["if"]),
    "if x; then a; fi": ("x", ["condition"]),
    "while x; do a; done": ("x", ["condition"]),
    "until a; do x; done": ("x", ["loop"]),
    "for i in 1 2; do x; done": ("x", ["loop"]),
    "for ((i = 0; i < 3; i++)); do x; done": ("x", ["loop"]),
    "case $a in b) x ;; esac": ("x", ["case"]),
    "f() { x; }": ("x", ["function"]),
    "function f { x; }": ("x", ["function"]),
    "(x)": ("x", ["subshell"]),
    "{ x; }": ("x", []),
    "a=$(x)": ("x", ["substitution"]),
    'echo "$(x)"': ("x", ["substitution"]),
    "diff <(x) b": ("x", ["substitution"]),
    "x &": ("x", ["background"]),
    "a && x": ("x", ["after"]),
    "x || a": ("x", ["tried"]),
    "a || x": ("x", ["fallback"]),
    "a && x || b": ("x", ["tried", "after"]),
    "! x": ("x", ["negated"]),
    "x | a": ("x", ["piped"]),
    "a | x": ("x", ["fed"]),
    "a | x | b": ("x", ["piped", "fed"]),
    "cat <<E\n$(x)\nE": ("x", ["substitution"]),
    "timeout 5 x": ("x", ["limited"]),
    "ssh host x now": ("x", ["remote"]),
}


@pytest.mark.parametrize("text", KINDS)
def test_what_a_command_stands_in(text: str) -> None:
    name, kinds = KINDS[text]

    assert [scope.kind for scope in only(text, name).scopes()] == kinds


LOOPS = {
    "for i in a b c; do x; done": (3, False),
    "for i in {1..6}; do x; done": (6, False),
    "for i in $(seq 2 5); do x; done": (4, False),
    "for i in *.log; do x; done": (None, False),
    'for i in "$@"; do x; done': (None, False),
    "for ((i = 0; i <= 4; i++)); do x; done": (5, False),
    "for ((;;)); do x; done": (None, True),
    "for ((;;)); do x; break; done": (None, False),
    "while true; do x; done": (None, True),
    "while :; do x; done": (None, True),
    "until false; do x; done": (None, True),
    "while true; do x && break; done": (None, False),
    "while x; do y; done": (None, False),
}


@pytest.mark.parametrize("text", LOOPS)
def test_how_often_a_loop_goes_round(text: str) -> None:
    command = next(command for command in read_script(text).commands if command.name in ("x", "y"))
    scopes = [scope for scope in read_script(text).commands[-1].scopes() if scope.loop is not None]

    assert command.name
    assert [(scope.loop.times, scope.loop.endless) for scope in scopes if scope.loop] == [LOOPS[text]]


def test_both_sides_of_a_fallback() -> None:
    script = read_script("a && b || c || d")
    sides = [
        ([c.name for c in script.commands[f.left.start : f.left.stop]], script.commands[f.right.start].name)
        for f in script.fallbacks
    ]

    assert sides == [(["a", "b"], "c"), (["a", "b", "c"], "d")]
    assert said(script, script.fallbacks[0].start, script.fallbacks[0].start + 2) == "||"


def test_redirections_belong_to_their_command() -> None:
    command = only('x $(y) > "$SAVE" 2>&1 < in', "x")

    assert [(item.operator, item.target.value, item.writes) for item in command.redirects] == [
        (">", "${SAVE}", True),
        ("2>&", "1", False),
        ("<", "in", False),
    ]
    assert not only("x > /dev/null", "x").redirects[0].writes


def test_redirections_of_a_loop_belong_to_no_command() -> None:
    script = read_script("while read -r line; do x; done < names > out")

    assert [item.target.value for item in script.redirects] == ["names", "out"]
    assert not script.by_program["x"][0].redirects


def test_here_documents() -> None:
    assert only("psql <<SQL\nDROP $X;\nSQL", "psql").input == "DROP ${X};\n"
    assert only("psql <<'SQL'\nDROP $X;\nSQL", "psql").input == "DROP $X;\n"
    assert only("psql <<< 'DROP x'", "psql").input == "DROP x"
    assert names("cat <<E | tee out\na\nE") == ["cat", "tee"]
    assert only("cat <<E > out\na\nE", "cat").input == "a\n"
    assert only("cat x", "cat").input == ""


def test_assignments() -> None:
    script = read_script(
        "A=1 B=$X run\nC=2\nexport D=3 E\nlocal F\nread -r G H\nfor I in x; do :; done\nmapfile -t J < f\n"
        "printf -v K %s x\nL[0]=1\nM=(a $X)\n(( N = 1, O++ ))\ngetopts ab P\nlet Q=1\nread -p 'Go on? ' R\nread -a S\n"
        "declare -A T=([x]=1)\nU+=x"
    )
    names = [assignment.name for assignment in script.assignments]

    assert names == [*"ABCDFGHIJKLMNOP", "OPTARG", "OPTIND", *"QRSTU"]
    assert [assignment.name for assignment in script.assignments if assignment.prefix] == ["A", "B"]


def test_uses_of_variables() -> None:
    script = read_script(
        "echo \"$A ${B:-x} ${C?} ${D[1]} ${#E} $((F + $G)) $1 $? ${H%.*} ${I//x/$J}\" '$NO' [[ -n $K ]]"
    )
    uses = {use.name: use.guarded for use in script.expansions}

    assert uses == dict.fromkeys("AEFGHIJK", False) | {"B": True, "C": True, "D": True, "1": False, "?": False}
    assert all(said(script, use.start, use.end).strip("${#}")[:1] == use.name for use in script.expansions)


INSIDE = {
    "sudo -u app env A=b nice -n 5 x -f": ["sudo", "env", "nice", "x"],
    "timeout -k 5 30 x": ["timeout", "x"],
    "xargs -n 1 x": ["xargs", "x"],
    "find . -name y -exec x {} \\;": ["find", "x"],
    "kubectl -n a exec pod -c c -- x y": ["kubectl", "x"],
    "docker exec -e A=b -u root db x y": ["docker", "x"],
    "docker compose exec -T db x": ["docker", "x"],
    "docker run image x": ["docker"],
    "kubectl get pods -- x": ["kubectl"],
    "bash -euc 'x; y | z'": ["bash", "x", "y", "z"],
    'sh -c "x \\"a\\""': ["sh"],
    "su app -c 'x'": ["su", "x"],
    "ssh -p 22 host 'x && y'": ["ssh", "x", "y"],
    "ssh host": ["ssh"],
    "flock /tmp/lock x": ["flock", "x"],
    "command -v x": ["command"],
    'sudo "$X"': ["sudo"],
    "sudo -- x": ["sudo", "x"],
    "nohup x &": ["nohup", "x"],
    "bash script.sh": ["bash"],
    "sudo sudo sudo sudo sudo sudo sudo x": ["sudo"] * 6,
}


@pytest.mark.parametrize("text", INSIDE)
def test_commands_inside_of_commands(text: str) -> None:
    assert names(text) == INSIDE[text]


def test_a_word_of_a_nested_script_stands_where_it_is_written() -> None:
    script = read_script("bash -c 'rm -rf \"$X\"/'")
    word = script.by_program["rm"][0].words[2]

    assert (word.value, said(script, word.start, word.end)) == ("${X}/", '"$X"/')


def test_what_is_missing_is_a_fault() -> None:
    (fault,) = read_script("if x; then y").faults

    assert fault.missing == "fi"
    assert not read_script("if x; then y; fi").faults


def test_a_comment_is_no_command() -> None:
    script = read_script("x # rm -rf /\n# psql\ny '# no'")

    assert [command.name for command in script.commands] == ["x", "y"]
    assert [said(script, *span) for span in script.comments] == ["# rm -rf /", "# psql"]


def test_equal_scripts_are_read_once() -> None:
    assert read_script("echo once") is read_script("echo once")


def test_functions() -> None:
    script = read_script("undo() { x; }\nundo")

    assert script.functions == {"undo"}
    assert [scope.detail for scope in script.by_program["x"][0].scopes()] == ["undo"]


def test_a_long_list_is_read_to_its_end() -> None:
    assert len(read_script(" && ".join(["x"] * 500)).commands) == 500


GLUED = {
    "a=$X/$Y.z\n": [("a", "${X}/${Y}.z", False)],
    "a=$X/$Y\nb=$a.x": [("a", "${X}/${Y}", False), ("b", "${a}.x", False)],
    "a=$X/$Y.z cmd": [("a", "${X}/${Y}.z", True)],
    "a=${1:?x} b=2\nc=$a/$b\ncmd $c": [("a", "${1:?x}", False), ("b", "2", False), ("c", "${a}/${b}", False)],
    "a=1 b=2\\\n cmd": [("a", "1", True), ("b", "2", True)],
}


@pytest.mark.parametrize("text", GLUED)
def test_an_assignment_is_not_taken_for_a_command(text: str) -> None:
    script = read_script(text)

    assert [(each.name, each.value and each.value.value, each.prefix) for each in script.assignments] == GLUED[text]
    assert [command.name for command in script.commands] == (["cmd"] if "cmd" in text else [])


def test_what_is_used_in_such_an_assignment_is_a_use() -> None:
    text = "a=$X/$Y.z\n"

    assert {(each.name, text[each.start : each.end]) for each in read_script(text).expansions} == {
        ("X", "$X"),
        ("Y", "$Y"),
    }
