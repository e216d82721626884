from __future__ import annotations

import pytest

from rollback_gov.plans.markdown.fences import DEEPEST, is_closing, language, lengthen


def mended(text: str) -> str:
    return "\n".join(lengthen(text.split("\n"))[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("```markdown\n```bash\na\n```\nb\n```\nc", "````markdown\n```bash\na\n```\nb\n````\nc"),
        ("```md\n   ```bash\n   a\n   ```\n```", "````md\n   ```bash\n   a\n   ```\n````"),
        ("```markdown\n1. ```bash\n   a\n   ```\n```", "````markdown\n1. ```bash\n   a\n   ```\n````"),
        ("```markdown\n~~~sh\n```\n~~~\n```", "````markdown\n~~~sh\n```\n~~~\n````"),
        ("```Markdown title=x\n```bash\na\n```", "````Markdown title=x\n```bash\na\n```"),
        (
            "```markdown\n```md\n```bash\na\n```\n```\n```",
            "`````markdown\n````md\n```bash\na\n```\n````\n`````",
        ),
        ("````markdown\n```\na\n```\n````", "````markdown\n```\na\n```\n````"),
        ("```bash\n```markdown\n```", "```bash\n```markdown\n```"),
        ("```markdown\na\n```\n```bash\nb\n```", "```markdown\na\n```\n```bash\nb\n```"),
        ("```markdown ``` is code\na", "```markdown ``` is code\na"),
        ("~~~markdown\n```bash\n```\n~~~", "~~~~markdown\n```bash\n```\n~~~~"),
        ("> ```markdown\n> ```bash\n> ```\n> ```", "> ````markdown\n> ```bash\n> ```\n> ````"),
        ("no fence", "no fence"),
    ],
)
def test_an_outer_fence_is_as_long_as_its_author_meant_it(text: str, wanted: str) -> None:
    assert mended(text) == wanted


def test_only_lines_outside_of_blocks_are_given() -> None:
    assert lengthen(["a", "```bash", "b", "```", "c", "```markdown", "d"])[1] == ["a", "```bash", "c", "```markdown"]


def test_documents_in_documents_end_somewhere() -> None:
    lines, _ = lengthen(["```markdown"] * 1_000)
    assert max(map(len, lines)) < len("```markdown") + DEEPEST + 1


@pytest.mark.parametrize(
    ("info", "wanted"), [("", ""), ("bash", "bash"), (" Bash -x", "bash"), ("{.sh}", "sh"), ("c++", "c++")]
)
def test_the_language_is_the_first_word(info: str, wanted: str) -> None:
    assert language(info) == wanted


@pytest.mark.parametrize(
    ("line", "closes"),
    [("```", True), ("  ````  ", True), ("> ```", True), ("``", False), ("```a", False), ("~~~", False)],
)
def test_what_closes_a_block(line: str, closes: bool) -> None:
    assert is_closing(line, "```") is closes
