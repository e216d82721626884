"""Stands in for the AWS client where there is no S3: buckets are folders in $S3, and it knows what the plan calls."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

BUCKETS = Path(os.environ["S3"])


def parser() -> argparse.ArgumentParser:
    """The two commands that the plan calls; another option is refused, as the real client does."""
    client = argparse.ArgumentParser("aws", allow_abbrev=False)
    services = client.add_subparsers(dest="service", required=True)
    copy = services.add_parser("s3").add_subparsers(required=True).add_parser("cp", allow_abbrev=False)
    copy.add_argument("--recursive", action="store_true")
    copy.add_argument("--only-show-errors", action="store_true")
    copy.add_argument("--exclude", action="append", default=[])
    copy.add_argument("source")
    copy.add_argument("target")
    listing = services.add_parser("s3api").add_subparsers(required=True)
    objects = listing.add_parser("list-objects-v2", allow_abbrev=False)
    for option in ("--bucket", "--prefix", "--query"):
        objects.add_argument(option, required=True)
    objects.add_argument("--output", required=True, choices=["text"])
    return client


def place(address: str) -> Path:
    """Where an address of S3, or a path, lies."""
    return BUCKETS / address.removeprefix("s3://") if address.startswith("s3://") else Path(address)


def copy(source: Path, target: Path, *, recursive: bool, exclude: list[str]) -> None:
    """Copy a file, or all files below a folder that no pattern names."""
    files = [path for path in source.rglob("*") if path.is_file()] if recursive else [source]
    for file in files:
        name = file.relative_to(source)
        if not any(fnmatch(str(name), pattern) for pattern in exclude):
            there = target / name if recursive else target
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, there)


def newest(bucket: str, prefix: str) -> str:
    """Give the key that was changed last, as the query of the plan does; ``None`` where there is none."""
    folder = BUCKETS / bucket
    files = [path for path in folder.rglob("*") if path.is_file()]
    keys = {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in files}
    return max((key for key in keys if key.startswith(prefix)), key=lambda key: keys[key], default="None")


if __name__ == "__main__":
    given = parser().parse_args(sys.argv[1:])
    if given.service == "s3":
        copy(place(given.source), place(given.target), recursive=given.recursive, exclude=given.exclude)
    else:
        print(newest(given.bucket, given.prefix))
