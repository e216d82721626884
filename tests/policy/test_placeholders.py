"""What nobody filled in, and what only looks like it."""

from __future__ import annotations

import pytest

from rollback_gov.policy.placeholders import placeholder_spans

IN_SCRIPTS = {
    "docker pull app:<PREVIOUS_SHA>": ("<PREVIOUS_SHA>",),
    "./deploy.sh --version <PREVIOUS_STABLE_SHA> --now": ("<PREVIOUS_STABLE_SHA>",),
    "./deploy.sh --version <previous-sha>": ("<previous-sha>",),
    "kubectl rollout undo deployment/<name>-x": ("<name>",),
    'git commit -m "Revert: <original migration description>"': ("<original migration description>",),
    "curl https://<host>/health": ("<host>",),
    "git clone git@github.com:YOUR_ORG/app.git && cd YOUR_ORG": ("YOUR_ORG",),
    "aws s3 cp dump s3://your-bucket/dump": ("your-bucket",),
    "export TOKEN=CHANGE_ME": ("CHANGE_ME",),
    "./undo.sh REPLACEME TBD FIXME": ("REPLACEME", "TBD", "FIXME"),
    "cp -r backup-TIMESTAMP/ .": ("TIMESTAMP",),
    "tar xf state-YYYY-MM-DD.tar": ("YYYY-MM-DD",),
    "git checkout [last-known-production-tag]": ("[last-known-production-tag]",),
    'echo "Alert: [Alert name], decided by [Name]"': ("[Alert name]", "[Name]"),
    "./undo.sh {{ VERSION }}": ("{{ VERSION }}",),
    'echo "# <VERSION>"': ("<VERSION>",),
}
SHELL = [
    "cat <<EOF >out.txt",
    "cat <<'EOF'>out",
    "cat <<-EOF>out",
    "read line <<<TEXT>out",
    "sort <in >out",
    "sort <input-file>output-file",
    'sort <host-name>"$out"',
    "wc -l<name>out",
    "[[ -n $NAME ]] && [ -f x ]",
    "ls log-[0-9]*.[a-z]*",
    "echo ${versions[name]} ${list[0]} ${a[user-id]}",
    "echo $YOUR_ORG ${YOUR_ORG} ${YOUR_ORG:-x}",
    "YOUR_ORG=acme ./undo.sh",
    "tmp=$(mktemp backup.XXXXXX)",
    'psql -c "SELECT CURRENT_TIMESTAMP, [Order Date] FROM [Name]"',
    "docker ps --format '{{.Names}} {{json .Labels}}'",
    "grep -rn TODO src",
    "sed -i 's/<VERSION>/v1/' file",
    "awk '$1 <max' file",
    "# TODO: shorter",
    "./undo.sh # for <VERSION>, see [latest-backup]",
    "printf '<version>%s</version>' 1",
    "printf '<NAME>%s</NAME>' x",
    "diff <(sort a) <(sort b)",
    r"perl -ne 'print if /(?<name>x)\<word>/'",
    "if (( a<b and c>d )); then :; fi",
    "python -c 'print([name for name in []])'",
    "[latest-backup]",
    "echo '<br>' '<p>' '<B>'",
    "cd at-your-service",
    "mail -s 'todo' team",
]
OTHER = {
    "https://example.com/<version>/health": ("<version>",),
    "rolling back to <previous-stable-thing>": ("<previous-stable-thing>",),
    "[Contact info]": ("[Contact info]",),
    "# TODO": ("TODO",),
    "rate(errors[5m]) <bool 2 or up> 1": (),
    "a <b> c": (),
    "<html><body>ok</body></html>": (),
    "up{path=~'/[a-z]+'}": (),
}


def placeholders(text: str, *, script: bool) -> tuple[str, ...]:
    """Each word once, in the order of the text."""
    return tuple(dict.fromkeys(text[start:end] for start, end in placeholder_spans(text, script=script)))


@pytest.mark.parametrize(("text", "expected"), IN_SCRIPTS.items())
def test_a_placeholder_in_a_script(text: str, expected: tuple[str, ...]) -> None:
    assert placeholders(text, script=True) == expected


@pytest.mark.parametrize("text", SHELL)
def test_shell_syntax_is_no_placeholder(text: str) -> None:
    assert placeholders(text, script=True) == ()


@pytest.mark.parametrize(("text", "expected"), OTHER.items())
def test_other_texts(text: str, expected: tuple[str, ...]) -> None:
    assert placeholders(text, script=False) == expected


def test_each_is_named_once() -> None:
    assert placeholders("a:<TAG>\nb:<TAG>", script=True) == ("<TAG>",)


@pytest.mark.parametrize("piece", ["# ", "<a-", "[aa-", "YOUR_", "grep ", "<", "'"])
def test_a_hostile_line_takes_no_longer_than_it_is_long(piece: str) -> None:
    assert placeholders(piece * 100_000 + "'", script=True) == ()
