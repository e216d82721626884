"""Which file systems are across a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.execution.network_disk import network_kind

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /home rw - nfs4 server:/home rw,vers=4.2
41 40 0:36 / /home/ann/local rw master:1 - xfs /dev/sdb1 rw
42 22 0:37 / /mnt/with\040space rw - cifs //server/share rw
43 22 0:38 / /mnt/ssh rw - fuse.sshfs ann@host: rw
44 22 0:39 / /mnt/image rw - fuse.squashfuse image ro
45 22 0:40 / /twice rw - nfs server:/x rw
46 22 0:41 / /twice rw - tmpfs tmpfs rw
47 22 0:42 / /mnt/vm rw - 9p host rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv", ""),
        ("/", ""),
        ("/home", "nfs4"),
        ("/home/ann/repository/incidents", "nfs4"),
        ("/home/ann/local/repository", ""),
        ("/homeland", ""),
        ("/mnt/with space/x", "cifs"),
        ("/mnt/ssh/x", "fuse.sshfs"),
        ("/mnt/image/x", ""),
        ("/twice/x", ""),
        ("/mnt/vm", "9p"),
    ],
)
def test_the_kind_of_the_nearest_mount_counts(path: str, kind: str) -> None:
    assert network_kind(MOUNTS, path) == kind


def test_this_machine(tmp_path: Path) -> None:
    assert network_kind(Path("/proc/self/mountinfo").read_text(), "/dev/shm/x") == ""
    assert network_kind("", str(tmp_path)) == ""
