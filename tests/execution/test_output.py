"""A script's output on its way out: masked at every boundary, capped, flat in memory."""

from __future__ import annotations

import os
import re
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rollback_gov.execution.masking import MASK, Masker
from rollback_gov.execution.output import AT_ONCE, CHUNK, KEPT_BYTES, RAW_BYTES, OutputStream
from tests.execution.marks import slow
from tests.execution.small_disk import SmallDisk, small_disk
from tests.thoroughness import examples

__all__ = ["small_disk"]

NOTICE = "\n[rollback-gov: output beyond 10 MiB is neither shown nor kept]\n"


@dataclass
class Follow:
    """A stream over a raw file that a test writes."""

    folder: Path
    masker: Masker
    stream: OutputStream = field(init=False)
    shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.raw.write_bytes(b"")
        self.stream = OutputStream(self.raw, self.folder / "kept" / "out", self.masker, self.shown.append)

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def kept(self) -> bytes:
        return (self.folder / "kept" / "out").read_bytes()

    def print(self, data: bytes) -> None:
        with self.raw.open("ab") as file:
            file.write(data)


@contextmanager
def following(folder: Path, *secrets: str) -> Iterator[Follow]:
    follow = Follow(folder, Masker(secrets))
    with closing(follow.stream):
        yield follow


def test_whole_lines_are_passed_on_as_they_come(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"one\ntw")
        out.stream.pump()
        assert out.shown == ["one\n"]
        out.print(b"o\nthree")
        out.stream.pump()
        assert out.shown == ["one\n", "two\n"]
        out.stream.pump(final=True)
        assert out.shown == ["one\n", "two\n", "three"]
        assert out.kept == b"one\ntwo\nthree"
        assert out.stream.head(6) == "one\ntw"


def test_a_script_without_output_leaves_no_file(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.stream.pump(final=True)
        assert out.shown == []
    assert not (tmp_path / "kept").exists()


def test_what_a_try_before_left_is_not_taken_for_the_output_of_this_one(tmp_path: Path) -> None:
    for text in (b"first\n", b"second\n", b""):
        with following(tmp_path) as out:
            out.print(text)
            out.stream.pump(final=True)
        assert out.kept == text


def test_several_programs_may_share_what_is_kept_and_its_cap(tmp_path: Path) -> None:
    raw, kept = tmp_path / "raw", tmp_path / "kept"
    for text, append in ((b"old\n", False), (b"first\n", False), (b"second\n", True), (b"x\n" * KEPT_BYTES, True)):
        raw.write_bytes(text)
        with closing(OutputStream(raw, kept, Masker(), lambda _text: None, append=append)) as stream:
            stream.pump(final=True)
    assert kept.read_bytes().startswith(b"first\nsecond\nx\n")
    assert kept.stat().st_size == KEPT_BYTES + len(NOTICE)


@given(
    text=st.text("abs3cret\n ä", max_size=60),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=8),
)
@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(text="s3cret", cuts=[3])
@example(text="xs3cret\ns3cret", cuts=[4, 1])
def test_a_secret_is_masked_wherever_the_output_is_cut(tmp_path: Path, text: str, cuts: list[int]) -> None:
    data = text.encode()
    with following(tmp_path, "s3cret") as out:
        while data:
            for size in cuts:
                out.print(data[:size])
                data = data[size:]
                out.stream.pump()
        out.stream.pump(final=True)
        shown = "".join(out.shown)
    assert shown == text.replace("s3cret", MASK)
    if text:
        assert out.kept.decode() == shown


@pytest.mark.parametrize("at", [CHUNK - 3, 2 * CHUNK - 3, 2 * CHUNK, CHUNK + 1, CHUNK - 12, 3 * CHUNK - 1])
def test_a_secret_over_the_edge_of_a_chunk_without_a_line_end_is_masked(tmp_path: Path, at: int) -> None:
    with following(tmp_path, "hunter2-hunter2", "hunter2") as out:
        out.print(b"x" * at + b"hunter2-hunter2" + b"y" * CHUNK)
        out.stream.pump(final=True)
    assert out.kept.decode() == "x" * at + MASK + "y" * CHUNK


def test_a_very_long_line_is_let_go_bit_by_bit(tmp_path: Path) -> None:
    with following(tmp_path, "secret") as out:
        for _ in range(8):
            out.print(b"x" * CHUNK)
            out.stream.pump()
        assert len("".join(out.shown)) > 6 * CHUNK


def test_bytes_that_are_no_utf_8_are_replaced_and_never_stop_the_stream(tmp_path: Path) -> None:
    with following(tmp_path, "hunter2") as out:
        out.print(b"\xff\xfe hunter2 \xc3")
        out.stream.pump()
        out.print("ä\n".encode()[1:] + b"\xf0\x9f")
        out.stream.pump(final=True)
    assert out.kept.decode() == f"\ufffd\ufffd {MASK} ä\n\ufffd"


def test_a_character_over_the_edge_of_a_chunk_is_whole(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"x" * (CHUNK - 1) + "🎉\n".encode())
        out.stream.pump(final=True)
    assert out.kept.decode() == "x" * (CHUNK - 1) + "🎉\n"


@pytest.mark.parametrize(
    ("size", "more"), [(KEPT_BYTES - 1, False), (KEPT_BYTES, False), (KEPT_BYTES + 1, True), (2 * KEPT_BYTES, True)]
)
def test_ten_mebibytes_are_kept_and_more_is_said(tmp_path: Path, size: int, more: bool) -> None:
    line = b"x" * 1023 + b"\n"
    with following(tmp_path) as out:
        out.print((line * (size // 1024 + 1))[:size])
        out.stream.pump(final=True)
    kept = out.kept.decode()
    assert kept.endswith(NOTICE) == more
    assert len(kept.removesuffix(NOTICE)) == min(size, KEPT_BYTES)
    assert "".join(out.shown) == kept


def test_the_notice_comes_once(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"x\n" * (KEPT_BYTES // 2 + 5))
        out.stream.pump(final=True)
        out.print(b"more\n")
        out.stream.pump(final=True)
        out.stream.pump()
    assert out.kept.decode().count("rollback-gov") == 1


def bytes_read() -> int:
    """What this process has read so far, of files and of everything else."""
    return int(re.findall(r"rchar: (\d+)", Path("/proc/self/io").read_text(encoding="ascii"))[0])


def test_output_beyond_the_cap_is_not_even_read(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"x\n")
        os.truncate(out.raw, 2**33)
        before = bytes_read()
        out.stream.pump(final=True)
        assert bytes_read() - before < 2 * RAW_BYTES
    assert out.kept.endswith(NOTICE.encode())


def test_the_raw_file_is_cut_back_while_the_script_goes_on(tmp_path: Path) -> None:
    with following(tmp_path) as out, out.raw.open("ab", buffering=0) as script:
        flooded = []
        for _ in range(4):
            script.write(b"x\n" * (RAW_BYTES // 2))
            flooded.append(out.stream.pump())
            assert out.raw.stat().st_size <= RAW_BYTES
        out.stream.pump(final=True)
    assert flooded == [False, True, True, True]
    assert len(out.kept) == KEPT_BYTES + len(NOTICE)


def test_a_secret_that_the_cut_has_halved_is_not_shown(tmp_path: Path) -> None:
    """The secret is long and masked to three characters, so the limit of the raw file comes before that of the kept."""
    secret = "s" * 1000
    with following(tmp_path, secret) as out:
        out.print((secret + "\n").encode() * (RAW_BYTES // 1001))
        out.print(secret.encode() * 2)
        out.stream.pump(final=True)
        out.print(secret[:500].encode() + b"\n")
        out.stream.pump(final=True)
    assert b"s" not in out.kept.replace(b"is neither shown", b"").replace(b"rollback-gov", b"")
    assert out.kept.endswith(NOTICE.encode())


def test_all_of_it_stays_where_all_of_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"x" * (RAW_BYTES + 5))
    with closing(OutputStream(tmp_path / "raw", tmp_path / "kept", Masker(), print, raw_limit=None)) as stream:
        stream.pump(final=True)
    assert (tmp_path / "raw").stat().st_size == RAW_BYTES + 5


def test_one_look_takes_a_mebibyte_so_that_deadlines_are_looked_at(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"x" * 1023 + b"\n")
        out.print((b"x" * 1023 + b"\n") * 4096)
        out.stream.pump()
        assert len(out.kept) == AT_ONCE * CHUNK
        out.stream.pump(final=True)
        assert len(out.kept) == 4097 * 1024


def test_what_is_shown_is_what_is_kept_when_a_character_falls_over_the_cap(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"x" * (KEPT_BYTES - 1) + "ä\n".encode())
        out.stream.pump(final=True)
    assert "".join(out.shown).endswith("x" + NOTICE)


def test_a_full_disk_ends_what_is_kept_and_not_the_stream(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"one\n")
    (tmp_path / "kept").symlink_to("/dev/full")  # a link, so that nothing can ever happen to the device itself
    shown: list[str] = []
    with closing(OutputStream(tmp_path / "raw", tmp_path / "kept", Masker(), shown.append)) as stream:
        stream.pump()
    assert shown == ["one\n", "\n[rollback-gov: the output is not kept any more: No space left on device]\n"]


def test_where_there_is_room_again_all_is_kept(tmp_path: Path) -> None:
    raw, kept, outputs = tmp_path / "raw", tmp_path / "outputs" / "out", tmp_path / "outputs"
    outputs.write_text("a file stands in the way")
    shown: list[str] = []
    raw.write_bytes(b"one\n")
    with closing(OutputStream(raw, kept, Masker(["s3cret"]), shown.append)) as stream:
        stream.pump()
        with raw.open("ab") as file:
            file.write(b"a s3cret\n")
        stream.pump()
        assert not kept.exists()
        outputs.unlink()
        with raw.open("ab") as file:
            file.write(b"the end")
        stream.pump(final=True)
    assert kept.read_bytes() == b"one\na ***\nthe end"
    assert "".join(shown).count("one\n") == 1, "nothing is shown twice"
    assert shown[-1] == "\n[rollback-gov: there is room again, and all of the output is kept]\n"


def test_what_earlier_tries_have_kept_stays_when_it_is_kept_anew(small_disk: SmallDisk, tmp_path: Path) -> None:
    raw, kept = tmp_path / "raw", small_disk.folder / "out"
    kept.write_bytes(b"of the try before\n")
    shown: list[str] = []
    raw.write_bytes(b"x" * 9000 + b"\n")
    with closing(OutputStream(raw, kept, Masker(), shown.append, append=True)) as stream:
        small_disk.fill()
        stream.pump()
        assert "No space left on device" in shown[-1]
        small_disk.make_room()
        stream.pump(final=True)
    assert kept.read_bytes() == b"of the try before\n" + raw.read_bytes()


def test_what_fits_is_kept_where_the_disk_stays_full(small_disk: SmallDisk, tmp_path: Path) -> None:
    raw, kept = tmp_path / "raw", small_disk.folder / "out"
    raw.write_bytes(b"x" * 9000 + b"\n")
    shown: list[str] = []
    with closing(OutputStream(raw, kept, Masker(), shown.append)) as stream:
        small_disk.fill()
        stream.pump(final=True)
    assert [text for text in shown if "rollback-gov" in text] == [
        "\n[rollback-gov: the output is not kept any more: No space left on device]\n"
    ]
    assert [path.name for path in small_disk.folder.iterdir() if path.name != "filler"] == ["out"]


def test_what_was_kept_before_the_disk_was_full_stays(small_disk: SmallDisk, tmp_path: Path) -> None:
    raw, kept = tmp_path / "raw", small_disk.folder / "out"
    raw.write_bytes(b"x" * 9000 + b"\n")
    shown: list[str] = []
    with closing(OutputStream(raw, kept, Masker(), shown.append)) as stream:
        stream.pump()
        small_disk.fill()
        with raw.open("ab") as file:
            file.write(b"y" * 9000 + b"\n")
        stream.pump(final=True)
    assert kept.read_bytes().startswith(b"x" * 9000 + b"\n")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"one\n")
    (tmp_path / "outputs").write_text("a file")
    shown: list[str] = []
    with closing(OutputStream(tmp_path / "raw", tmp_path / "outputs" / "out", Masker(), shown.append)) as stream:
        stream.pump(final=True)
    assert shown == ["one\n", "\n[rollback-gov: the output is not kept any more: File exists]\n"]


def test_a_script_that_removes_its_raw_output_loses_nothing(tmp_path: Path) -> None:
    with following(tmp_path) as out:
        out.print(b"one\n")
        out.raw.unlink()
        out.stream.pump(final=True)
        assert out.stream.head(100) == "one\n"
    assert out.kept == b"one\n"


def test_raw_output_that_was_never_there_is_empty(tmp_path: Path) -> None:
    with closing(OutputStream(tmp_path / "raw", tmp_path / "kept", Masker(), print)) as stream:
        stream.pump(final=True)
        assert stream.head(100) == ""


def memory_for(folder: Path, mebibytes: int) -> int:
    """The most memory, in bytes, that it took to follow so much output."""
    folder.mkdir()
    raw, block = folder / "raw", (b"x" * 99 + b"\n") * 10_486
    raw.write_bytes(b"")
    with closing(OutputStream(raw, folder / "kept", Masker(["secret"]), lambda _text: None)) as stream:
        tracemalloc.start()
        for _ in range(mebibytes):
            with raw.open("ab") as file:
                file.write(block)
            stream.pump()
        stream.pump(final=True)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def test_memory_is_flat_in_the_size_of_the_output(tmp_path: Path) -> None:
    small, large = memory_for(tmp_path / "small", 2), memory_for(tmp_path / "large", 9)
    assert large < small + 200_000
    assert large < 8_000_000


@slow
def test_memory_is_flat_for_two_hundred_mebibytes(tmp_path: Path) -> None:
    assert memory_for(tmp_path / "large", 200) < 8_000_000
