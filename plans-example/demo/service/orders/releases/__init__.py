"""What was released, one module a version."""

from __future__ import annotations

from ..errors import DemoError
from . import release_1_0_0, release_2_0_0, release_2_0_1
from .release import Release

RELEASES = {module.RELEASE.version: module.RELEASE for module in (release_1_0_0, release_2_0_0, release_2_0_1)}


def find(version: str) -> Release:
    """The release of a version such as `2.0.0` or `v2.0.0`; raises DemoError for one that never was released."""
    release = RELEASES.get(version.removeprefix("v"))
    if release is None:
        raise DemoError(f"There is no version {version!r}: choose one of {', '.join(RELEASES)}.")
    return release
