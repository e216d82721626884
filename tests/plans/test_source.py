from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import DOCUMENT, Source, read_source


@pytest.fixture(autouse=True)
def impatience() -> Iterator[None]:
    """A reader that hangs is ended after five seconds."""
    previous = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("reading took more than five seconds"))
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


def refusal(path: Path) -> DocumentError:
    with pytest.raises(DocumentError) as error:
        read_source(path, name="plan.yaml")
    assert error.value.code == "RG001"
    return error.value


def test_a_file_is_its_text_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("größe: 1\n", encoding="utf-8")
    assert read_source(path) == Source(str(path), "größe: 1\n")
    assert read_source(path, name="plan.yaml").name == "plan.yaml"


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_source(path).text == "a: 1\n"


@pytest.mark.parametrize("text", ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc"], ids=["LF", "CRLF", "CR"])
def test_lines_have_no_ends(text: str) -> None:
    assert Source("f", text).lines == ["a", "b", "c"]


def test_exactly_one_mebibyte_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"#" * DOCUMENT.bytes)
    assert len(read_source(path).text) == DOCUMENT.bytes


@pytest.mark.parametrize("size", [DOCUMENT.bytes + 1, 10 * DOCUMENT.bytes])
def test_more_is_refused_and_not_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "plan.yaml"
    with path.open("wb") as file:
        file.truncate(size)
    error = refusal(path)
    assert str(error) == "The file is larger than 1 MiB."
    assert "under `uses`" in error.hint


@pytest.mark.parametrize("text", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_plan(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(text)
    assert str(refusal(path)) == "The file is empty."


@pytest.mark.parametrize(
    ("raw", "message", "line", "column"),
    [
        (b"a: 1\nb: \xff\n", "The file is not UTF-8 text: byte 0xff at offset 8.", 2, 4),
        (b"\xef\xbb\xbfa: 1\nb: \xff\n", "The file is not UTF-8 text: byte 0xff at offset 11.", 2, 4),
        (b"\x80", "The file is not UTF-8 text: byte 0x80 at offset 0.", 1, 1),
        ("a: é".encode("latin-1"), "The file is not UTF-8 text: byte 0xe9 at offset 3.", 1, 4),
        (b"a: \xed\xa0\x80", "The file is not UTF-8 text: byte 0xed at offset 3.", 1, 4),
        ("a: 1".encode("utf-16"), "The file is not UTF-8 text: byte 0xff at offset 0.", 1, 1),
        (b"\x7fELF\x02\x01\x01\x00\x90", "The file is not UTF-8 text: byte 0x90 at offset 8.", 1, 9),
    ],
)
def test_other_encodings_are_refused_at_the_first_bad_byte(
    tmp_path: Path, raw: bytes, message: str, line: int, column: int
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(raw)
    error = refusal(path)
    assert (str(error), error.place.line, error.place.column) == (message, line, column)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refusal(tmp_path / "plan.yaml")
    assert str(error) == "Cannot read the file: No such file or directory."
    assert error.place.file == "plan.yaml"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == "Cannot read the file: It is a folder."


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    os.mkfifo(path)
    assert str(refusal(path)) == "Cannot read the file: It is not a regular file."


def test_a_device_without_an_end_is_not_read() -> None:
    assert str(refusal(Path("/dev/zero"))) == "Cannot read the file: It is not a regular file."


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.symlink_to(path)
    assert str(refusal(path)).startswith("Cannot read the file: Too many levels of symbolic links")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    path.chmod(0)
    assert str(refusal(path)) == "Cannot read the file: Permission denied."
