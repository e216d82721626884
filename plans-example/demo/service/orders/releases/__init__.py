"""What was released, one module a version."""

from __future__ import annotations

from orders.errors import DemoError

from . import release_1_0_0, release_2_0_0, release_2_0_1
from .release import Release

ALL: tuple[Release, ...] = (release_1_0_0.RELEASE, release_2_0_0.RELEASE, release_2_0_1.RELEASE)
RELEASES = {release.version: release for release in ALL}


def find(version: str) -> Release:
    """The release of a version such as `2.0.0` or `v2.0.0`; raises DemoError for one that never was released."""
    release = RELEASES.get(version.removeprefix("v"))
    if release is None:
        raise DemoError(f"There is no version {version!r}: choose one of {', '.join(RELEASES)}.")
    return release
