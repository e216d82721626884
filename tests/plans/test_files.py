from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from rollback_gov.plans import files
from rollback_gov.plans.files import LONGEST, open_regular, read_files, repository_root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a plan inside a repository, with a file outside of it."""
    (tmp_path / "secret").write_text("outside\n", encoding="utf-8")
    folder = tmp_path / "repository" / "rollback" / "op-1"
    folder.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    return folder


def problem(folder: Path, name: str) -> str:
    used, problems = read_files(folder, ["there.sh", name])
    assert list(used.digests) == ["there.sh"]
    assert [(found.code, found.path) for found in problems] == [("RG009", ("uses", 1))]
    assert problems[0].hint.startswith("Paths under `uses` are relative to the plan's folder")
    return problems[0].message


@pytest.fixture(autouse=True)
def there(folder: Path) -> Path:
    path = folder / "there.sh"
    path.write_text("true\n", encoding="utf-8")
    return path


def test_each_file_has_the_digest_of_its_bytes(folder: Path) -> None:
    (folder / "scripts").mkdir()
    (folder / "scripts" / "big").write_bytes(b"x" * 3_000_000)
    used, problems = read_files(folder, ["there.sh", "scripts/big"])
    assert problems == []
    assert used.digests == {
        "there.sh": sha256(b"true\n").hexdigest(),
        "scripts/big": sha256(b"x" * 3_000_000).hexdigest(),
    }


def test_a_file_elsewhere_in_the_repository_may_be_used(folder: Path) -> None:
    (folder.parents[1] / "common.sh").write_text("true\n", encoding="utf-8")
    used, problems = read_files(folder, ["../../common.sh"])
    assert (list(used.digests), problems) == (["../../common.sh"], [])


def test_a_link_inside_the_repository_is_followed(folder: Path) -> None:
    (folder / "link.sh").symlink_to("there.sh")
    used, _ = read_files(folder, ["link.sh"])
    assert used.digests == {"link.sh": sha256(b"true\n").hexdigest()}


def test_a_plan_that_is_reached_through_a_link_finds_its_files(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(folder)
    used, problems = read_files(tmp_path / "shortcut", ["there.sh"])
    assert (list(used.digests), problems) == (["there.sh"], [])


def test_the_nearest_mark_upwards_is_the_repository(folder: Path, tmp_path: Path) -> None:
    assert repository_root(folder) == (tmp_path / "repository").resolve()
    (folder / ".rollback-gov").mkdir()
    assert repository_root(folder) == folder.resolve()


def test_without_a_mark_the_folder_is_the_repository(tmp_path: Path) -> None:
    assert repository_root(tmp_path) == tmp_path.resolve()


@pytest.mark.parametrize("name", ["../../../secret", "x/../../../../secret", "../../../../../../../../etc/passwd"])
def test_a_path_out_of_the_repository_is_refused(folder: Path, name: str) -> None:
    assert problem(folder, name) == f"The file '{name}' cannot be used: it lies outside of the repository repository."


def test_a_link_out_of_the_repository_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    for name in ("link", "folder/secret"):
        assert problem(folder, name).endswith("it lies outside of the repository repository.")


@pytest.mark.parametrize("name", ["/etc/passwd", "//etc/passwd"])
def test_an_absolute_path_is_refused_wherever_it_leads(folder: Path, name: str) -> None:
    assert problem(folder, name) == f"The file '{name}' cannot be used: its path is absolute."


def test_an_absolute_path_into_the_repository_is_refused_too(folder: Path) -> None:
    """It would be another one on the machine that runs the plan."""
    assert problem(folder, str(folder / "there.sh")).endswith("its path is absolute.")


def test_a_file_that_is_not_there(folder: Path) -> None:
    assert problem(folder, "missing.sh") == "The file 'missing.sh' cannot be used: No such file or directory."


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "scripts").mkdir()
    assert problem(folder, "scripts") == "The file 'scripts' cannot be used: It is a folder."
    assert problem(folder, "") == "The file '' cannot be used: It is a folder."


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert problem(folder, "pipe") == "The file 'pipe' cannot be used: It is not a regular file."


def test_a_link_that_leads_to_itself(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    assert problem(folder, "loop").startswith("The file 'loop' cannot be used: ")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_a_name_that_no_file_can_have(folder: Path, name: str) -> None:
    assert problem(folder, name).startswith("The file '")


SHELL = {
    "a": "#!/bin/sh\n",
    "b": "#!/usr/bin/env bash\n",
    "c": "#! /bin/dash -e\n",
    "d.sh": "echo\n",
    "e.bash": "",
    "f": "#!/bin/bash",
}
OTHERS = {"g": "#!/usr/bin/env python3\n", "h": "echo\n", "i.sh": "#!/usr/bin/perl\n", "j": "#!\n", "k.py": "x\n"}


@pytest.mark.parametrize("name", [*SHELL, *OTHERS])
def test_the_text_of_shell_scripts_is_kept(folder: Path, name: str) -> None:
    text = {**SHELL, **OTHERS}[name]
    (folder / name).write_text(text, encoding="utf-8")
    used, _ = read_files(folder, [name])

    assert used.scripts == ({name: text} if name in SHELL else {})


def test_a_script_that_is_too_long_is_hashed_and_not_kept(folder: Path) -> None:
    text = "#!/bin/sh\n" + "#" * LONGEST
    (folder / "long").write_text(text, encoding="utf-8")
    (folder / "short").write_text(text[:LONGEST], encoding="utf-8")
    used, problems = read_files(folder, ["long", "short"])

    assert problems == []
    assert used.scripts == {"long": None, "short": text[:LONGEST]}
    assert used.digests["long"] == sha256(text.encode()).hexdigest()


def test_a_script_that_is_not_utf_8_is_read_as_far_as_it_is(folder: Path) -> None:
    (folder / "x.sh").write_bytes(b"echo \xff\n")
    used, _ = read_files(folder, ["x.sh"])

    assert used.scripts == {"x.sh": "echo \ufffd\n"}


def test_a_script_outside_of_the_repository_is_not_read(folder: Path) -> None:
    (folder / "out.sh").symlink_to(folder.parents[2] / "secret")
    used, problems = read_files(folder, ["out.sh"])

    assert (used.digests, used.scripts) == ({}, {})
    assert len(problems) == 1


def test_each_file_is_opened_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def note(path: Path) -> BinaryIO:
        opened.append(path.name)
        return open_regular(path)

    monkeypatch.setattr(files, "open_regular", note)
    read_files(folder, ["there.sh"])

    assert opened == ["there.sh"]
